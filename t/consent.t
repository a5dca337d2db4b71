#!/usr/bin/perl

# Without the reader's consent, or against the reader's signal, an open counts
# and names nobody: not in a row, a log line, the journal or the status.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Journal;
use Test::Mytwip::System qw/ slurp wait_until /;

my $t = Test::Mytwip->new()->plan(20);

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

        location /deaf/ {
            mytwip_pixel;
            mytwip_privacy_signal off;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$t->run();

my $pg = $t->pg();


# Opens a mail; returns the reader that is stored for it, 'nobody' if none is.
sub stored_reader {
    my ($issue, $reader, %opt) = @_;

    my $uri = $t->pixel($issue, $reader);

    $uri =~ s{^/o/}{/deaf/} if delete $opt{deaf};
    http_get($uri, %opt);

    my $stored = wait_until(sub { $pg->value(
        "SELECT coalesce(reader_id::text, 'nobody')"
        . " FROM mytwip.open WHERE issue_id = $issue") });

    $pg->query('TRUNCATE mytwip.open');

    return $stored;
}


# the ledger

is(stored_reader(1, 7), 7, 'a reader who has agreed is stored with the open');
is(stored_reader(2, 1001), 'nobody', 'one who has not is not');

is($pg->value('SELECT unnamed_opens FROM mytwip.issue_report'
    . ' WHERE issue_id = 2'), 1, 'but the open counts');

$pg->query("SELECT mytwip.withdraw_consent(7, 'open_tracking', 'link')");

is(stored_reader(1, 7), 'nobody',
    'a withdrawal holds for mail that was sent before');

$pg->query("SELECT mytwip.give_consent(7, 'open_tracking', 'form', 'Yes.')");

is(stored_reader(1, 7), 7, 'and can be taken back');

# what the browser says

is(stored_reader(3, 8, headers => { 'Sec-GPC' => 1 }), 'nobody',
    'Sec-GPC: 1 is an objection');
is(stored_reader(4, 8, headers => { DNT => 1 }), 'nobody',
    'DNT: 1 is an objection');
is(stored_reader(3, 8, headers => { 'sec-gpc' => 1 }), 'nobody',
    'in small letters too');
is(stored_reader(3, 8, headers => { map({ ("X-$_" => $_) } 1 .. 30),
    'Z-Other' => 0, 'Sec-GPC' => 1 }), 'nobody',
    'and behind many other headers');
is(stored_reader(3, 8, method => 'HEAD', headers => { DNT => 1 }), 'nobody',
    'and with HEAD');
is(stored_reader(3, 8, headers => { 'Sec-GPC' => 0, DNT => 0 }), 8,
    '0 is none');
is(stored_reader(3, 8, headers => { DNT => 'null' }), 8, 'null is none');
is(stored_reader(3, 8, headers => { 'X-DNT' => 1, 'Sec-GPC-2' => 1 }), 8,
    'other headers are none');
is(stored_reader(3, 8, deaf => 1, headers => { 'Sec-GPC' => 1, DNT => 1 }), 8,
    'mytwip_privacy_signal off does not look');
is($pg->value('SELECT count(*) FROM mytwip.rejected'), 0,
    'an objection is no error');

# nothing else knows

my $issue = 4328719365;
my $reader = 73316340757;

$pg->query("INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject)"
    . " VALUES (1, $issue, 1, 'marked')");
$pg->query("INSERT INTO mytwip.reader (account_id, id, email)"
    . " VALUES (1, $reader, 'marked\@example.org')");

is(stored_reader($issue, $reader, headers => { 'Sec-GPC' => 1 }), 'nobody',
    'an objecting reader is not stored');

my $journal = join '', map { slurp($_) } segments($t->journal());

ok(index($journal, pack 'Q<', $issue) >= 0, 'the journal has the open');
ok(index($journal, pack 'Q<', $reader) < 0, 'and not the reader who objects');

my $token = $t->token($issue, $reader);

for my $text ([ 'error log' => $t->error_log() ],
    [ 'status' => http_get('/status') ])
{
    unlike($text->[1], qr/\Q$token\E|$reader|client:/,
        "no token, reader or address is in the $text->[0]");
}
