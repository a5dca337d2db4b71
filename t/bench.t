#!/usr/bin/perl

# That "make bench" counts and compares: a short round of it, and one in which
# a stored event disappears. How fast it was is not judged: here other tests
# may be running.

use strict;
use warnings;

BEGIN {
    # read when the modules are loaded
    $ENV{QUICK} = 1;
    $ENV{SECONDS} = 1;
}

use lib 't/lib', 't/bench/lib';
use Test::More;

use Test::Mytwip::System qw/ run_command /;

BEGIN {
    plan skip_all => 'there is no wrk: apt-get install wrk'
        if (run_command('sh', '-c', 'command -v wrk'))[0];
}

use Bench::Results;
use Bench::Rounds;
use Bench::Rows;
use Bench::Run;

plan tests => 9;

# what it says of its progress is no TAP
open my $said, '>', \my $progress or die;
my $run = Bench::Run->start(out => $said);

my $rows;
Bench::Rows::measure($run, sub { $rows = $_[0] }, 'log', 'pixel');
my $pixel = $rows->{pixel};

cmp_ok($pixel->{rps}[0], '>', 100, 'opens were accepted and committed');
cmp_ok($rows->{log}{rps}[0], '>', 100, 'beside what stores nothing');
cmp_ok($pixel->{cpu_nginx}[0], '>', 0, 'the processor time of nginx is seen');
cmp_ok($pixel->{cpu_postgres}[0], '>', 0, 'and that of PostgreSQL');
cmp_ok($pixel->{lag99}[0], '>=', $pixel->{lag50}[0],
    'the lag from accepting to the commit is known');
cmp_ok($pixel->{wal_bytes}[0] * $pixel->{table_bytes}[0], '>', 0,
    'and the bytes of an event');

my $results = Bench::Results->new($run);
$results->add($rows);
like($results->text(), qr/access_log: requests a second \| at least 0\.75 \|/,
    'the targets are in the table of the results');

# what may not happen

$run->{settled} = sub {
    $_[0]->pg()->query('DELETE FROM mytwip.open WHERE (tableoid, ctid) IN'
        . ' (SELECT tableoid, ctid FROM mytwip.open LIMIT 1)');
};

ok(!eval { Bench::Rounds::measure($run, 'pixel'); 1 },
    'an open that is missing at the end of a round is an error');
like($@, qr/^pixel: (\d+) events were accepted, \d+ are stored/,
    'which says how many there should be');
