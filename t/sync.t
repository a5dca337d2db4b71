#!/usr/bin/perl

# With sync=always an answer waits until the disk has the event; otherwise it
# does not wait, and in no case does anybody else. The disk of this test takes
# half a second for each fdatasync().

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ run_command /;

my $t = Test::Mytwip->new()->plan(14);
my $pg = $t->pg();

$t->write_file('slow.c', <<'EOT');
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

int
fdatasync(int fd)
{
    int              seen;
    struct timespec  half = { 0, 500000000 };
    int            (*real)(int) = (int (*)(int)) dlsym(RTLD_NEXT, "fdatasync");

    nanosleep(&half, NULL);

    seen = open(COUNT, O_WRONLY|O_APPEND);
    if (seen != -1) {
        if (write(seen, "x", 1) == -1) { /* void */ }
        close(seen);
    }

    return real(fd);
}
EOT

my ($rc, $text) = run_command($ENV{CC} || 'cc', '-shared', '-fPIC', '-o',
    $t->dir() . '/slow.so', '-DCOUNT="' . $t->dir() . '/count"',
    $t->dir() . '/slow.c', '-ldl');
die "the compiler failed:\n$text" if $rc;

$t->write_file('count', '');
chmod 0666, $t->dir() . '/count';
$t->env(LD_PRELOAD => $t->dir() . '/slow.so');


sub run_with {
    my ($sync) = @_;

    $t->write_file_expand('nginx.conf', <<"EOT");
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal sync=$sync;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location = /a {
            mytwip_activity;
        }

        location = /static {
            return 200 "here";
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

    $t->write_file('count', '');

    return $t->run();
}


sub flushes {
    return length $t->read_file('count');
}


# always

run_with('always');

my ($took, $answer) = timed(sub { http_get($t->pixel(1, 1)) });

like($answer, qr/^HTTP\S+ 200 .*GIF89a/s,
    'sync=always: the pixel is answered');
cmp_ok($took, '>=', 0.5, 'after the disk has the event');
cmp_ok(flushes(), '>=', 1, 'by fdatasync');

# while one waits

my $waits = http_connect();

http_send($waits, 'GET ' . $t->pixel(1, 2)
    . " HTTP/1.1\r\nHost: localhost\r\n\r\n");
select undef, undef, undef, 0.1;

($took, $answer) = timed(sub { http_get('/static') });

like($answer, qr/here$/, 'somebody else is served');
cmp_ok($took, '<', 0.25, 'without waiting for the disk');
like(http_answer($waits), qr/^HTTP\S+ 200 /, 'and the pixel afterwards');
close $waits;

# one who does not wait for the answer

my $impatient = http_connect();

http_send($impatient, 'GET ' . $t->pixel(1, 3)
    . " HTTP/1.1\r\nHost: localhost\r\n\r\n");
select undef, undef, undef, 0.1;
close $impatient;

$t->eventually_is(sub { $pg->value('SELECT count(DISTINCT reader_id)'
    . ' FROM mytwip.open') }, 3, 'who leaves early has opened the mail, too');

# an activity, and the connection serves on

my $beacon = '{"activity":"x"}';
my $kept = http_connect();

for my $which ('an activity is answered', 'and the next on its connection') {
    http_send($kept, "POST /a HTTP/1.1\r\nHost: localhost\r\n"
        . "Content-Type: text/plain\r\nContent-Length: "
        . length($beacon) . "\r\n\r\n$beacon");
    like(http_answer($kept, timeout => 3), qr/^HTTP\S+ 204 /, $which);
}

close $kept;

$t->stop();

# by time

run_with('200ms');

cmp_ok((timed(sub { http_get($t->pixel(2, 1)) }))[0], '<', 0.25,
    'sync=200ms: the answer does not wait');
$t->eventually(sub { flushes() >= 1 }, 'the disk has the event later');
$t->eventually(sub { $t->settled() }, 'as has the database');
$t->stop();

# not at all

run_with('off');

cmp_ok((timed(sub { http_get($t->pixel(3, 1)) }))[0], '<', 0.25,
    'sync=off: the answer does not wait');
$t->eventually(sub { $t->settled() }, 'the database has the event');
