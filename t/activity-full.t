#!/usr/bin/perl

# Without room in the journal a beacon is not accepted, and says so; with room
# again all goes on by itself.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(5);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal segment=64k max=128k retain=1s;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location = /a {
            mytwip_activity;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

my $pg = $t->pg();

$t->run();
$pg->close_to_nginx();

my ($accepted, $answer) = (0, '');


# Beacons of a hundred events, until one is not accepted.
sub fill {
    my $body = '[' . join(',', ('{"activity":"fill"}') x 100) . ']';

    for (1 .. 1000) {
        $answer = http_post('/a', $body,
            headers => { 'Content-Type' => 'text/plain' });

        last if $answer !~ m{^HTTP/1\.1 204 };
        $accepted += 100;
    }

    return;
}


fill();

like($answer, qr{^HTTP/1\.1 503 .*^Retry-After: \d+\r$}ms,
    'without room a beacon gets 503, and when to try again');
is($t->status()->{total}{shed}, 100, 'its events are counted as shed');

$pg->open_to_nginx();

$t->eventually_is(sub { $pg->value('SELECT count(*) FROM mytwip.activity') },
    $accepted, 'what was accepted is stored');
$t->eventually(sub {
    http_post('/a', '{"activity":"again"}',
        headers => { 'Content-Type' => 'text/plain' })
        =~ m{^HTTP/1\.1 204 }
}, 'and with room again the next one is accepted');
$t->eventually(sub {
    $pg->value("SELECT count(*) FROM mytwip.activity"
        . " WHERE activity = 'again'") >= 1
}, 'and stored');
