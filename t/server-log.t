#!/usr/bin/perl

# PostgreSQL's log has no address, no number of a person and no token: not when
# a batch fails, not when statements are logged with their parameters, not when
# a correction is refused.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ run_command /;

my $t = Test::Mytwip->new()->own_cluster()->plan(16);
my $pg = $t->pg();

# never written by this test itself, which is logged as well
my $reader = 73316340757;
my $written = '(73316340000 + 757)';

$t->write_file_expand('nginx.conf', <<'EOT');
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

        location /a {
            mytwip_activity;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$pg->query('INSERT INTO mytwip.reader (account_id, id, email)'
    . " VALUES (1, $written, 'marked\@example.org')");
$pg->query("SELECT mytwip.subscribe($written, 1)");
$pg->query("SELECT mytwip.give_consent($written, 'open_tracking', 'form',"
    . " 'I agree.')");


# What the log has more since the last call.
my $read = 0;

sub logged {
    my $text = substr $t->cluster()->log(), $read;

    $read += length $text;

    return $text;
}


# a batch that fails

$pg->query('ALTER TABLE mytwip.open ADD CONSTRAINT not_nine'
    . ' CHECK (issue_id <> 9)');
$pg->query('ALTER TABLE mytwip.activity ADD CONSTRAINT not_odd'
    . " CHECK (activity <> 'odd')");
logged();
$t->run();

http_get($t->pixel(9, $reader));

$t->eventually_is(sub { $pg->value('SELECT reason FROM mytwip.rejected') },
    'refused', 'a batch fails for its content');

http_post('/a', '{"activity":"odd","properties":{"note":"confided"}}',
    headers => { 'Content-Type' => 'text/plain' });

$t->eventually_is(sub { $pg->value('SELECT count(*) FROM mytwip.rejected') },
    2, 'and one with an activity');

my $text = logged();

like($text, qr/violates check constraint "not_nine"/, 'the log says why');
like($text, qr/violates check constraint "not_odd"/, 'of both');
unlike($text, qr/$reader/, 'and not of whom');
unlike($text, qr/confided/, 'nor what was done');
unlike($text, qr/DETAIL|STATEMENT|parameters/,
    'it has neither rows nor parameters');

# statements with their parameters, as for finding slow ones

$pg->query('ALTER SYSTEM SET log_min_duration_statement = 0');
$pg->query('SELECT pg_reload_conf()');

http_get($t->pixel(1, $reader));

$t->eventually(sub { $pg->value('SELECT count(*) FROM mytwip.open'
    . " WHERE reader_id = $written") }, 'an open is stored');

$text = logged();

like($text, qr/duration: .*mytwip\.ingest/,
    'statements of nginx are logged when all are');
unlike($text, qr/$reader/, 'and their parameters are not');
unlike($text, qr/\Q@{[ $t->token(1, $reader) ]}\E/, 'nor a token');

$pg->query('ALTER SYSTEM RESET log_min_duration_statement');
$pg->query('SELECT pg_reload_conf()');
$pg->close();

# a correction that is refused

my $taken = $pg->value('SELECT upper(email) FROM mytwip.reader WHERE id = 8');

logged();
like($pg->error("SELECT mytwip.correct_reader(7, '$taken')"),
    qr/another reader of account 1 has this address/,
    'an address that is taken is refused');

$text = logged();
like($text, qr/another reader of account 1/, 'the log says so');
unlike($text, qr/\Q$taken\E/i, 'without the address');

# an import, as README has it

$pg->query('CREATE ROLE import LOGIN');
$pg->query('GRANT USAGE ON SCHEMA mytwip TO import');
$pg->query('GRANT INSERT ON mytwip.reader TO import');
$pg->query("ALTER ROLE import SET log_error_verbosity = 'terse'");
$pg->query("ALTER ROLE import SET log_min_error_statement = 'panic'");
logged();

my ($rc, $said) = run_command('psql', '-Xq',
    '-d', $pg->conninfo(user => 'import'),
    '-c', "INSERT INTO mytwip.reader (account_id, id, email)"
        . " VALUES (1, 5000, '$taken')");

like($said, qr/reader_email_key/, 'an import is told of a taken address');
unlike(logged(), qr/\Q$taken\E/i, 'and the log is not');
