#!/usr/bin/perl

# The privacy page with the database stopped, paused, or gone between the
# request and its commit; and with a journal that takes nothing.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->own_cluster()->plan(22);

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

        location /p/ {
            mytwip_privacy;
            mytwip_unsubscribe_timeout 500ms;
            mytwip_pages %%ROOT%%/conf.example/pages;
            ssi on;
            set $mytwip_contact privacy@one.example.org;
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
    my ($reader, $action) = @_;

    return timed(sub {
        http_post('/p/' . $t->token(1, $reader, kind => 4), "action=$action",
            headers => {
                'Content-Type' => 'application/x-www-form-urlencoded',
                'Accept-Language' => 'en',
            });
    });
}


sub asked {
    my ($reader) = @_;

    return $pg->value('SELECT coalesce(string_agg("right", $$ $$ ORDER BY'
        . ' "right"), $$nothing$$) FROM mytwip.privacy_request'
        . " WHERE reader_id = $reader");
}


sub withdrawn {
    my ($reader) = @_;

    return $pg->value('SELECT count(*) FROM mytwip.consent'
        . " WHERE reader_id = $reader AND method = 'privacy_page'");
}


sub settle {
    return $t->eventually(sub { $t->settled() }, 'all is stored');
}


# stopped

$pg->stop('immediate');

my ($took, $answer) = post(1, 'stop');

like($answer, qr{^HTTP/1\.1 200 .*no longer measured}s,
    'with the database stopped it is done');
cmp_ok($took, '<', 3, 'in time');

for my $action (qw/ access access erase_sure /) {
    ($took, $answer) = post(2, $action);
}

like($answer, qr{^HTTP/1\.1 200 .*You have asked for the erasure}s,
    'requests too');

my $page = http_get('/p/' . $t->token(1, 2, kind => 4),
    headers => { 'Accept-Language' => 'en' });

like($page, qr{^HTTP/1\.1 200 .*value="stop".*value="erase"}s,
    'and there is a page');
unlike($page, qr{news of one|\(none\)|<bdi></bdi>}, 'without what is not known');
like($page, qr{Write to <bdi>privacy\@one\.example\.org}, 'but whom to write to');

$pg->start();

$t->eventually_is(sub { withdrawn(1) }, 1,
    'when it is back the withdrawal is applied, once');
settle();
is(asked(2), 'access erasure', 'and the requests, each once');

# paused: a connection is there and says nothing

$pg->pause();

($took, $answer) = post(10, 'erase_sure');

like($answer, qr{^HTTP/1\.1 200 }, 'with the database paused it is done');
cmp_ok($took, '>=', 0.45, 'not before the timeout');
cmp_ok($took, '<', 4, 'but soon after');

$pg->resume();

$t->eventually_is(sub { asked(10) }, 'erasure',
    'it is applied when the database goes on');
settle();
is(asked(10), 'erasure', 'once');

# stopped between request and commit

$pg->query('BEGIN; SELECT FROM mytwip.reader WHERE id = 20 FOR UPDATE');

my $socket = http_connect();
my $body = 'action=access';

http_send($socket, 'POST /p/' . $t->token(1, 20, kind => 4) . " HTTP/1.1\r\n"
    . "Host: localhost\r\nContent-Length: " . length($body) . "\r\n"
    . "Content-Type: application/x-www-form-urlencoded\r\n\r\n$body");

$t->eventually(sub {
    grep { $_->{database}{state} eq 'busy' } @{$t->status()->{workers}}
}, 'the request waits for its commit');

$pg->stop('immediate');

like(http_answer($socket), qr{^HTTP/1\.1 200 },
    'stopped before the commit, it is done all the same');

$pg->start();

$t->eventually_is(sub { asked(20) }, 'access', 'and applied later, once');

# no room at all: never "done"

$pg->stop('immediate');

for (1 .. 20000) {
    last if $t->status()->{total}{shed};
    http_get($t->pixel(1, 50)) for 1 .. 200;
}

my (@done, $refused);

for my $reader (100 .. 1000) {
    ($took, $answer) = post($reader, 'access');

    push @done, $reader if $answer =~ m{^HTTP/1\.1 200 };
    $refused = $answer if $answer =~ m{^HTTP/1\.1 503 };
    last if $refused;
}

like($refused || '', qr{^Retry-After: \d+\r\n.*write to <bdi>privacy\@one}ms,
    'without room in the journal it is 503, and says where to write');
unlike($refused || '', qr{You have asked}, 'and not said done');

$pg->start();

$t->eventually_is(sub { $pg->value('SELECT count(*) FROM'
    . ' mytwip.privacy_request WHERE reader_id >= 100') }, scalar @done,
    'those that were told so have asked, and no others');
