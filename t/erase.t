#!/usr/bin/perl

# An erased reader stays erased: not a journal that comes late, nor one that
# comes twice, nor a batch that was running brings anything back.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Journal;
use Test::Mytwip::System qw/ run_command slurp spew am_root chown_to /;

my $t = Test::Mytwip->new()->plan(23);
my $pg = $t->pg();

# in no other row, and no part of another number
my $reader = 73316340757;
my $email = 'marked-reader@example.org';

$t->write_file_expand('nginx.conf', <<'EOT' =~ s/%%ROOT%%/$t->root()/er);
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location /u/ {
            mytwip_unsubscribe;
            mytwip_pages %%ROOT%%/conf.example/pages;
            mytwip_unsubscribe_timeout 100ms;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$pg->query('INSERT INTO mytwip.reader (account_id, id, email)'
    . " VALUES (1, $reader, '$email')");
$pg->query("SELECT mytwip.subscribe($reader, 1)");
$pg->query("SELECT mytwip.give_consent($reader, 'open_tracking', 'form',"
    . " 'I agree.')");


sub opens {
    my ($condition) = @_;

    return $pg->value("SELECT count(*) FROM mytwip.open WHERE $condition");
}


# what is stored, and what waits in a journal

$t->run();

http_get($t->pixel($_, $reader)) for 1 .. 2;
http_get($t->pixel(1, 7));

$t->eventually_is(sub { opens("reader_id = $reader") }, 2,
    'opens of the reader are stored');

$t->stop();
$pg->close_to_nginx();
$t->run();

http_get($t->pixel($_, $reader)) for 3 .. 5;
like(http_post('/u/' . $t->token(1, $reader, kind => 2),
    'List-Unsubscribe=One-Click',
    headers => { 'Content-Type' => 'application/x-www-form-urlencoded' }),
    qr/ 200 /, 'a request of the reader is taken too');

$t->stop();

my %left = map { ($_ => slurp($_)) } segments($t->journal());

ok((grep { index($_, pack 'Q<', $reader) >= 0 } values %left),
    'a journal knows the reader');

# erased meanwhile

my $receipt = $pg->query('SET ROLE mytwip_dpo;'
    . " SELECT mytwip.erase_reader($reader); RESET ROLE");

like($receipt, qr/"open": 2\b/, 'the reader is erased');
unlike($receipt, qr/\Q$email\E|$reader/, 'the receipt does not say who');
is(opens("reader_id = $reader"), 0, 'no open names the reader');
is(opens('issue_id IN (1, 2)'), 3, 'each is still there');

$pg->open_to_nginx();
$t->run();

$t->eventually_is(sub { opens('issue_id BETWEEN 3 AND 5') }, 3,
    'the journal that comes late is stored');
$t->eventually(sub { $t->settled() }, 'all of it');
is(opens("reader_id = $reader"), 0, 'and names nobody');

$t->stop();

# the same journal once more, and the database does not know that it had it

while (my ($path, $text) = each %left) {
    spew($path, $text);
    chown_to($t->user(), $path) if am_root();
}

$pg->query('DELETE FROM mytwip.journal');
$t->run();

$t->eventually(sub { opens('issue_id BETWEEN 3 AND 5') >= 6 },
    'an old journal is replayed');
$t->eventually(sub { $t->settled() }, 'to its end');

is(opens("reader_id = $reader"), 0, 'and names nobody');
is($pg->value('SELECT count(*) FROM mytwip.rejected'), 0,
    'nothing of it is kept apart');
is($pg->value("SELECT count(*) FROM mytwip.unsubscription"), 0,
    'the request is done without a record of the reader');
$t->eventually_is(sub { $pg->value('SELECT count(*) FROM mytwip.unnaming') },
    0, 'and nothing waits to be un-named');

# a dump of all there is

my $dump = $t->dir() . '/dump.sql';
my ($rc, $text) = run_command($t->cluster()->can('bin')->('pg_dump'),
    '-d', $t->cluster()->admin_conninfo($pg->name()), '-f', $dump);

is($rc, 0, 'the database is dumped') or diag($text);

my ($table, %named) = ('');

for (split /\n/, slurp($dump)) {
    $table = $1 if /^COPY (\S+)/;
    $named{$table}++ if /\b$reader\b/;
}

is(join(' ', sort keys %named), 'mytwip.erased_reader',
    'the dump has the number of the reader as that of somebody erased only');
unlike(slurp($dump), qr/\Q$email\E/i, 'and the address nowhere');

# a batch that runs while another reader withdraws

my $batch = $t->cluster()->database($pg->name());

$batch->query("BEGIN; SELECT mytwip.ingest(gen_random_uuid(), 4096, 4136,"
    . " '{1}', '{4104}', ARRAY[now()], '{9}', '{8}', '{1}')");
$pg->query("SELECT mytwip.withdraw_consent(8, 'open_tracking', 'link')");
$batch->query('COMMIT');

is(opens('reader_id = 8'), 1,
    'a batch that had read the consent stores the reader');

http_get($t->pixel(10, 7));

$t->eventually_is(sub { opens('reader_id = 8') }, 0,
    'which the next batch takes out');
is(opens('issue_id = 9'), 1, 'and not the open');

$pg->query('SELECT mytwip.maintain()');
is($pg->value('SELECT human_named + undecided_named FROM mytwip.issue_opens'
    . ' WHERE issue_id = 9'), 0, 'the counts follow');
