#!/usr/bin/perl

# Two regions, as conf.example/regions has them: two PostgreSQL clusters and
# two nginx. What a reader does is stored in the database of the region of the
# account, and there is no way to have it in the other.

use strict;
use warnings;

use lib 't/lib';
use JSON::PP qw/ decode_json /;
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ am_root run_command slurp /;

# A region with everything of its own: cluster, database, account, nginx.
sub region {
    my ($name, $account) = @_;

    my $t = Test::Mytwip->new()->own_cluster();
    my $pg = $t->cluster()->new_database('template1');
    my $code = uc $name;

    $t->cluster()->load_without_extension($pg->name());

    my ($rc, $text) = run_command('psql', '-Xq',
        '-v', "region=$code", '-v', 'url=http://127.0.0.1:' . $t->port(0),
        '-d', $t->cluster()->admin_conninfo($pg->name()),
        '-f', $t->root() . '/conf.example/regions/region.sql');
    die "region.sql failed:\n$text" if $rc;

    # the same ids in both, but for the account: as two databases have them
    $pg->query(<<"EOT");
INSERT INTO mytwip.account (id, name, region)
VALUES ($account, 'account', '$code');
INSERT INTO mytwip.newsletter (account_id, id, title, sender_address)
VALUES ($account, 1, 'news of $name', '$name\@example.org');
INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject, recipients)
VALUES ($account, 1, 1, 'first', 10);
INSERT INTO mytwip.reader (account_id, id, email)
SELECT $account, n, '$name' || n || '\@example.org'
  FROM generate_series(1, 10) AS n;
INSERT INTO mytwip.subscription (account_id, reader_id, newsletter_id)
SELECT account_id, id, 1 FROM mytwip.reader;
SELECT mytwip.give_consent(id, 'open_tracking', 'form', 'I agree.')
  FROM mytwip.reader;
EOT

    $t->{pg} = $pg;
    configure($t, $name);

    return $t;
}


# nginx.conf from the example, with the names of what is here.
sub configure {
    my ($t, $name) = @_;

    my $text = slurp($t->root() . "/conf.example/regions/$name.conf");
    my $dir = $t->dir();
    my $module = $t->load_module();

    $text =~ s/^\s*load_module\s+[^;]+;/$module/m;
    $text =~ s/^\s*user\s+[^;]*;//m unless am_root();
    $text =~ s{^(\s*worker_processes\s+)[^;]*;}{${1}1;}m;
    $text =~ s{^(\s*pid\s+)[^;]*;}{$1$dir/nginx.pid;}m;
    $text =~ s{^(error_log\s+)[^;]+;}{$1$dir/error.log info;}m;
    $text =~ s{^(\s+error_log\s+)\S+}{$1$dir/error.log}mg;
    $text =~ s{^(\s*access_log\s+)/\S+}{$1$dir/access.log}mg;
    $text =~ s{^(\s*mytwip_journal\s+)[^;]+}{$1$dir/journal}m;
    $text =~ s{^(\s*mytwip_keys\s+)[^;]+}{$1 . $t->keys_file()}me;
    $text =~ s{^(\s*mytwip_database\s+)[^;]+}{$1 . '"'
        . $t->pg()->conninfo() . '"'}me;
    $text =~ s{^(\s*listen\s+)[^;]+}{$1 . '127.0.0.1:' . $t->port(0)}me;

    run_command('cp', '-r', $t->root() . '/conf.example/pages', $dir);
    $t->write_file('nginx.conf', $text);

    return;
}


# The links in the mail to this reader, as its database mints them.
sub links_of {
    my ($t, $reader) = @_;

    my ($row) = $t->pg()->rows('SELECT pixel_url, unsubscribe_url'
        . " FROM mytwip.mail_links(1, $reader)");

    return @$row;
}


sub forged {
    my ($t) = @_;

    return decode_json(http_body(http_get('/status', port => $t->port(0))))
        ->{total}{rejected}{forged};
}


sub path {
    my ($url) = @_;

    return $url =~ s{^http://[^/]+}{}r;
}


sub opens {
    my ($t) = @_;

    return $t->pg()->query('SELECT account_id, reader_id FROM mytwip.open'
        . ' ORDER BY reader_id') =~ tr/\t\n/: /r;
}


my ($fr, $de) = (region('fr', 11), region('de', 12));

# what every test promises at its end, of both
$_->{planned} = 1 for $fr, $de;
plan(tests => 22 + 2 * Test::Mytwip::CHECKS);

isnt($fr->cluster()->port(), $de->cluster()->port(),
    'there are two PostgreSQL servers');
$_->run() for $fr, $de;


# a link leads to the region that made it, and what it does is stored there

my ($fr_pixel, $fr_leave) = links_of($fr, 1);
my ($de_pixel, $de_leave) = links_of($de, 2);

like($fr_pixel, qr{^http://127\.0\.0\.1:${\$fr->port(0)}/o/},
    'a link of a French account leads to the French nginx');
like($de_pixel, qr{^http://127\.0\.0\.1:${\$de->port(0)}/o/},
    'one of a German account to the German one');

like(http_get(path($fr_pixel), port => $fr->port(0)), qr/ 200 OK/,
    'the French pixel is answered');
like(http_get(path($de_pixel), port => $de->port(0)), qr/ 200 OK/,
    'and the German one');

$fr->eventually_is(sub { opens($fr) }, '11:1', 'the French open is in France');
$de->eventually_is(sub { opens($de) }, '12:2', 'the German open in Germany');

my $one_click = 'List-Unsubscribe=One-Click';
my %form = ('Content-Type' => 'application/x-www-form-urlencoded');

like(http_post(path($de_leave), $one_click, port => $de->port(0),
    headers => \%form), qr/ 200 OK/, 'a German reader leaves');
is($de->pg()->value('SELECT status FROM mytwip.subscription'
    . ' WHERE reader_id = 2'), 'unsubscribed', 'in the German database');
is($fr->pg()->value('SELECT status FROM mytwip.subscription'
    . ' WHERE reader_id = 2'), 'subscribed',
    'and not the reader of that number in the French one');


# the links of the other: answered, and nothing comes of them

like(http_get(path($fr_pixel), port => $de->port(0)), qr/ 200 OK/,
    'a French pixel that comes to the German nginx is an image');
like(http_post(path($fr_leave), $one_click, port => $de->port(0),
    headers => \%form), qr/ 404 /, 'a French way out is none there');

is(forged($de), 2, 'its nginx counts them as forged');
is(forged($fr), 0, 'the other has not seen them');

# a second open of each, so that all that came before is stored
http_get(path((links_of($fr, 3))[0]), port => $fr->port(0));
http_get(path((links_of($de, 4))[0]), port => $de->port(0));

$fr->eventually_is(sub { opens($fr) }, '11:1 11:3', 'France has its opens');
# who has left is not named any more
$de->eventually_is(sub { opens($de) }, '12:4 12:', 'and Germany its own');
is($de->pg()->value('SELECT count(*) FROM mytwip.rejected')
    + $fr->pg()->value('SELECT count(*) FROM mytwip.rejected'), 0,
    'neither had to set an event apart');


# an event of an issue that is not of this database

$fr->pg()->query("SELECT mytwip.ingest(gen_random_uuid(), 4096, 4136, '{1}',"
    . " '{4104}', ARRAY[now()], '{77}', '{1}', '{1}')");
is($fr->pg()->query('SELECT reason, issue_id FROM mytwip.rejected'),
    "unknown_issue\t77", 'an open of an issue unknown here is set apart');


# the guard

like($fr->pg()->error('INSERT INTO mytwip.account (name, region)'
    . " VALUES ('Gast', 'DE')"),
    qr/^ERROR:  account \d+ is of region DE, this database is of FR/,
    'a German account cannot be created in the French database');
like($fr->pg()->error("UPDATE mytwip.account SET region = 'DE'"),
    qr/^ERROR:  account 11 is of region DE/, 'nor can one become German');
like($fr->pg()->error("SET mytwip.region = 'DE';"
    . ' SET session_replication_role = replica;'
    . " INSERT INTO mytwip.account (name, region) VALUES ('Gast', 'DE')"),
    qr/^ERROR:  account \d+ is of region DE/,
    'whatever the session says, and by replication');
is($de->pg()->error('INSERT INTO mytwip.account (name, region)'
    . " VALUES ('Gast', 'DE')"), '', 'in the German one it can');
