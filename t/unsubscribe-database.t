#!/usr/bin/perl

# The reader's way out with the database stopped, paused, or gone between the
# request and its commit; and with a journal that takes nothing.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->own_cluster()->plan(29);

$t->write_file_expand('nginx.conf', <<'EOT' =~ s/%%ROOT%%/$t->root()/er);
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal segment=64k max=256k;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location /u/ {
            mytwip_unsubscribe;
            mytwip_unsubscribe_timeout 500ms;
            mytwip_pages %%ROOT%%/conf.example/pages;
            ssi on;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

my $pg = $t->pg();

$t->run();

$t->eventually(sub {
    !grep { $_->{database}{state} ne 'ready' } @{$t->status()->{workers}}
}, 'the workers are connected');


sub post {
    my ($reader, $body) = @_;

    return timed(sub {
        http_post('/u/' . $t->token(1, $reader, kind => 2), $body,
            headers => {
                'Content-Type' => 'application/x-www-form-urlencoded',
                'Accept-Language' => 'en',
            });
    });
}


sub state_of {
    my ($reader) = @_;

    return $pg->value('SELECT status FROM mytwip.subscription'
        . " WHERE reader_id = $reader AND newsletter_id = 1");
}


sub settle {
    return $t->eventually(sub { $t->settled() }, 'all is stored');
}


# stopped

$pg->stop('immediate');

my ($took, $answer) = post(1, 'List-Unsubscribe=One-Click');

like($answer, qr{^HTTP/1\.1 200 }, 'with the database stopped it is done');
cmp_ok($took, '<', 3, 'in time');

($took, $answer) = post(2, 'action=unsubscribe');

like($answer, qr{^HTTP/1\.1 200 .*no longer}s, 'the form too');

like(http_get('/u/' . $t->token(1, 2, kind => 2)), qr{^HTTP/1\.1 200 .*<form}s,
    'and there is a page, without a name');

# in this order, whichever worker took them

for my $action ('unsubscribe', 'undo', 'unsubscribe') {
    post(3, "action=$action");
}

post(4, "action=$_") for 'unsubscribe', 'undo';

$pg->start();

$t->eventually_is(sub { state_of(1) }, 'unsubscribed',
    'when it is back the first is applied');
$t->eventually_is(sub { state_of(2) }, 'unsubscribed', 'and the second');
settle();
is(state_of(3), 'unsubscribed',
    'unsubscribe, undo, unsubscribe ends unsubscribed');
is(state_of(4), 'subscribed', 'unsubscribe, undo ends subscribed');
is($pg->value('SELECT count(*) FROM mytwip.unsubscription'), 7,
    'each request is in the history once');

# paused: a connection is there and says nothing

$pg->pause();

($took, $answer) = post(10, 'List-Unsubscribe=One-Click');

like($answer, qr{^HTTP/1\.1 200 }, 'with the database paused it is done');
cmp_ok($took, '>=', 0.45, 'not before the timeout');
cmp_ok($took, '<', 3, 'but soon after');

$pg->resume();

$t->eventually_is(sub { state_of(10) }, 'unsubscribed',
    'it is applied when the database goes on');
settle();
is($pg->value('SELECT count(*) FROM mytwip.unsubscription'
    . ' WHERE reader_id = 10'), 1, 'once');

# stopped between request and commit

$pg->query('BEGIN; SELECT FROM mytwip.reader WHERE id = 20 FOR UPDATE');

my $socket = http_connect();
my $body = 'List-Unsubscribe=One-Click';

http_send($socket, 'POST /u/' . $t->token(1, 20, kind => 2) . " HTTP/1.1\r\n"
    . "Host: localhost\r\nContent-Length: " . length($body) . "\r\n"
    . "Content-Type: application/x-www-form-urlencoded\r\n\r\n$body");

$t->eventually(sub {
    grep { $_->{database}{state} eq 'busy' } @{$t->status()->{workers}}
}, 'the request waits for its commit');

$pg->stop('immediate');

like(http_answer($socket), qr{^HTTP/1\.1 200 },
    'stopped before the commit, it is done all the same');

$pg->start();

$t->eventually_is(sub { state_of(20) }, 'unsubscribed', 'and applied later');
settle();
is($pg->value('SELECT count(*) FROM mytwip.unsubscription'
    . ' WHERE reader_id = 20'), 1, 'once');

# a client that leaves

$pg->query('BEGIN; SELECT FROM mytwip.reader WHERE id = 21 FOR UPDATE');

$socket = http_connect();
http_send($socket, 'POST /u/' . $t->token(1, 21, kind => 2) . " HTTP/1.1\r\n"
    . "Host: localhost\r\nContent-Length: " . length($body) . "\r\n"
    . "Content-Type: application/x-www-form-urlencoded\r\n\r\n$body");

$t->eventually(sub {
    grep { $_->{database}{state} eq 'busy' } @{$t->status()->{workers}}
}, 'another waits');

close $socket;
$pg->query('COMMIT');

$t->eventually_is(sub { state_of(21) }, 'unsubscribed',
    'a client that leaves early changes nothing about it');

# no room at all: never "done"

$pg->stop('immediate');

my $last = '';

for (1 .. 20000) {
    last if $t->status()->{total}{shed};
    http_get($t->pixel(1, 50)) for 1 .. 200;
}

# the end of the last segment is kept for those who unsubscribe

my ($done, $refused) = (0, 0);

for my $reader (100 .. 699) {
    ($took, $answer) = post($reader,
        $reader % 2 ? 'action=unsubscribe' : 'List-Unsubscribe=One-Click');

    $done++ if $answer =~ m{^HTTP/1\.1 200 };

    if ($answer =~ m{^HTTP/1\.1 503 .*^Retry-After: \d+\r$}ms) {
        $refused++;
        $last = $answer;
    }

    last if $refused == 20;
}

cmp_ok($done, '>=', 100, 'where opens are shed there is room to unsubscribe');
is($refused, 20, 'and then it is 503');
unlike($last, qr{You are unsubscribed|no longer receive}, 'and not said done');

$pg->start();
settle();

is($pg->value('SELECT count(*) FROM mytwip.subscription'
    . " WHERE reader_id BETWEEN 100 AND 699 AND status = 'unsubscribed'"),
    $done, 'those that were told so are unsubscribed, and no others');
