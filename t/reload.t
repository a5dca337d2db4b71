#!/usr/bin/perl

# Reload, quit and stop under traffic: every answered pixel is stored exactly
# once. The traffic names another issue and reader in each request.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(17);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal segment=256k;

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
my ($traffic, $report);


# Some traffic of its own before what is done to nginx, and after it.
sub some_traffic {
    my $seen = $pg->value('SELECT count(*) FROM mytwip.open');

    return $t->eventually(sub { $pg->value('SELECT count(*) FROM mytwip.open')
        >= $seen + 300 }, 'traffic is stored');
}


# reload

$traffic = $t->traffic(connections => 8, rate => 1500);

some_traffic();
my @old = map { $t->reload() } 1 .. 3;
some_traffic();

$report = $traffic->stop();

is(join(' ', keys %{$report->{statuses}}), 200,
    'through three reloads, pixels are answered');
cmp_ok($report->{slowest}, '<', 1, 'without a pause');
ok($t->wait_gone(@old), 'the old workers end');

$t->eventually(sub { $t->settled() }, 'all that they had is stored');
$t->exactly_once($report, 'every answered pixel is stored exactly once');

is($t->status()->{total}{accepted}, $t->status()->{total}{ingested},
    'the counters go on over a reload, and agree');
cmp_ok($t->status()->{total}{accepted}, '>=', @{$report->{answered}},
    'with what was answered');

# quit

$pg->query('TRUNCATE mytwip.open');
$traffic = $t->traffic(connections => 8, rate => 1500);

some_traffic();
my $took = $t->quit();
$report = $traffic->stop();

cmp_ok($took, '<', 5, 'quit under traffic is done in seconds');

$t->run();
$t->eventually(sub { $t->settled() }, 'what it left is stored after a start');
$t->exactly_once($report, 'every answered pixel is stored exactly once');

# quit has shipped all it could

$pg->query('TRUNCATE mytwip.open');
http_get($t->pixel(1, $_)) for 1 .. 20;
$t->quit();

is($pg->value('SELECT count(*) FROM mytwip.open'), 20,
    'quit stores what it can before it ends');

# stop

$pg->query('TRUNCATE mytwip.open');
$t->run();
$traffic = $t->traffic(connections => 8, rate => 1500);

some_traffic();
$t->stop();
$report = $traffic->stop();

$t->run();
$t->eventually(sub { $t->settled() },
    'what stop left is stored after a start');
$t->exactly_once($report, 'every answered pixel is stored exactly once');
