#!/usr/bin/perl

# That "make bench" counts and compares: a short round of it, one in which a
# stored event disappears, and campaigns that are taken for what they are not. How fast it was is not judged: here other tests
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

plan tests => 14;

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
ok(defined $pixel->{lag50}[0] && $pixel->{lag99}[0] >= $pixel->{lag50}[0],
    'the lag from accepting to the commit is known');
cmp_ok($pixel->{wal_bytes}[0] * $pixel->{table_bytes}[0], '>', 0,
    'and the bytes of an event');

my $results = Bench::Results->new($run);
$results->add($rows);
like($results->text(), qr/access_log: requests a second \| at least 0\.75 \|/,
    'the targets are in the table of the results');

# people and machines

Bench::Rows::measure($run, sub { $results->add(@_) }, 'campaign', 'agents');
my $text = $results->text();

like($text, qr/^\| a reader's mail client or browser \| \d+ \| \d+ \|/m,
    'the confusion matrix of a campaign is there');
my @human = $text =~ / of "human", % \| at least 97 \| ([\d.]+) \|/g;
ok(@human == 2 && !grep({ $_ < 95 || $_ > 100 } @human),
    'with its precision and recall, high even of few readers')
    or diag("@human");
like($text, qr/^With 2 campaigns of 400 readers each the interval had the true/m,
    'and how often the interval had the true rate');
like($text, qr/^\| mail clients.*? \| \d+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \|$/m,
    'the class of a request has its price');

$results->add({ campaign => { %{$results->{rows}{campaign}},
    large_precision => [ 96.9 ] } });
like($results->text(), qr/precision of "human", % \| at least 97 \| 96\.9 \| \*/,
    'a target that is not met is told');

# what may not happen

$run->{settled} = sub {
    $_[0]->pg()->query('DELETE FROM mytwip.open WHERE (tableoid, ctid) IN'
        . ' (SELECT tableoid, ctid FROM mytwip.open LIMIT 1)');
};

ok(!eval { Bench::Rounds::measure($run, 'pixel'); 1 },
    'an open that is missing at the end of a round is an error');
like($@, qr/^pixel: (\d+) events were accepted, \d+ are stored/,
    'which says how many there should be');
