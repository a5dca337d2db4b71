#!/usr/bin/perl

# What has been answered is stored, whoever is killed before it was: a worker,
# all workers, the master, all of them. Batches wait for 3 s at first, so that
# every process dies with events that the database has not seen; in the end for
# 1 ms, so that it dies with batches on their way.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(22);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal segment=1m;
    mytwip_batch    delay=3s;

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

$t->run();

my $pg = $t->pg();


sub stored {
    my ($issue) = @_;

    return $pg->value("SELECT count(*) || ' of '"
        . " || count(DISTINCT reader_id) FROM mytwip.open"
        . " WHERE issue_id = $issue");
}


# Opens of this issue by the readers 1 to n, over as many connections, so that
# both workers have some; returns how many were answered.
sub opens {
    my ($issue, $n) = @_;

    return scalar grep { (http_get($t->pixel($issue, $_)) || '')
        =~ /^HTTP\S+ 200 / } 1 .. $n;
}


# one worker, and which one answered does not matter

is(opens(1, 40), 40, 'pixels are answered');
is(stored(1), '0 of 0', 'and not yet stored');

$t->kill_worker();

is(opens(2, 10), 10, 'with a worker killed, pixels are answered');
$t->eventually_is(sub { stored(1) }, '40 of 40',
    'what it had accepted is stored, once');
$t->eventually_is(sub { stored(2) }, '10 of 10', 'as is what came after');

# all workers at once

is(opens(3, 40), 40, 'pixels are answered again');
is(stored(3), '0 of 0', 'and not yet stored again');

$t->kill_worker($t->workers());

$t->eventually_is(sub { stored(3) }, '40 of 40',
    'with all workers killed, what they had accepted is stored, once');

# a worker that is killed over and over

my $n = 0;

for (1 .. 5) {
    $n += opens(4, 1);
    $t->kill_worker($t->workers());
}

$t->eventually_is(sub { stored(4) }, "$n of 1",
    'workers killed five times in a row leave nothing behind');

# the master, then everybody

my @orphans = $t->kill_master();

is(opens(5, 10), 10, 'without a master, pixels are answered');
$t->eventually_is(sub { stored(5) }, '10 of 10', 'and stored');

is(opens(6, 40), 40, 'more of them');
ok($t->kill_orphans(), 'the workers are killed, too');
is(stored(6), '0 of 0', 'before these are stored');

$t->run();

$t->eventually_is(sub { stored(6) }, '40 of 40',
    'with nginx started again, they are stored, once');

$t->eventually(sub { $t->settled() }, 'nothing is left to be stored');

# killed while batches are on their way to the database

$pg->query('TRUNCATE mytwip.open');
$t->write_file('nginx.conf', $t->read_file('nginx.conf')
    =~ s/delay=3s/delay=1ms/r);
$t->reload();

my $traffic = $t->traffic(connections => 8);

for (1 .. 5) {
    my $seen = $pg->value('SELECT count(*) FROM mytwip.open');

    $t->eventually(sub { $pg->value('SELECT count(*) FROM mytwip.open')
        >= $seen + 50 }, 'while traffic is being stored');
    $t->kill_worker($t->workers());
}

$t->exactly_once($traffic->stop(), 'with workers killed at any moment, every'
    . ' answered pixel is stored exactly once');
