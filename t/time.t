#!/usr/bin/perl

# An open happened when nginx saw it, however late the database hears of it.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Time::HiRes qw/ time sleep /;

my $t = Test::Mytwip->new()->own_cluster()->plan(6);

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

        location = /status {
            mytwip_status;
        }
    }
}
EOT

my $pg = $t->pg();

$t->run();


# The time stored for an open, in seconds since 1970.
sub stored_time {
    my ($issue) = @_;

    my $at;

    $t->eventually(sub { $at = $pg->value('SELECT extract(epoch FROM at)'
        . " FROM mytwip.open WHERE issue_id = $issue") },
        "open $issue is stored");

    return $at;
}


# nginx's clock has milliseconds and is read once in a turn of its event loop
sub between {
    my ($at, $from, $to, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    ok($at > $from - 0.010 && $at < $to + 0.001, $name)
        or diag("$at is not from $from to $to");
}


my $start = time();
http_get($t->pixel(1, 7));
my $end = time();

between(stored_time(1), $start, $end, 'at the time of its request');

$pg->stop();

$start = time();
http_get($t->pixel(2, 7));
$end = time();

# long enough to tell the two times apart
sleep 1.5;
$pg->start();

between(stored_time(2), $start, $end,
    'and so is one from before the database came back');

$t->eventually_is(sub { $t->status()->{total}{pending}{oldest_age} }, 0,
    'nothing waits any more');
is($pg->value('SELECT count(*) FROM mytwip.open'), 2,
    'and there is nothing but these two');
