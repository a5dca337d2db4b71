#!/usr/bin/perl

# A slice of "make fault" with fixed seeds: what was accepted is stored exactly
# once, through a fault of every sort. How fast a static file is served
# meanwhile is shown, not judged: here other tests may be running.

use strict;
use warnings;

use lib 't/lib', 't/fault/lib';
use Test::More;

use Fault::Run;
use Fault::Table;

# fault, number of the round: as in FAULTS= and ROUND= of t/fault/run
my @rounds = (
    [ 'kill-worker', 1 ],
    [ 'kill-newborn', 1 ],
    [ 'kill-master', 1 ],
    [ 'upgrade', 1 ],
    [ 'pg-crash', 1 ],
    [ 'cut-batch', 1 ],
    [ 'cut-commit', 1 ],
    [ 'orphan-batch', 1 ],
    [ 'damage', 1 ],
    [ 'deadlock', 1 ],
    [ 'refused-event', 1 ],
    [ 'mixed', 1 ],
);

plan tests => scalar @rounds;

my $run = Fault::Run->start(seed => 1);
my $table = Fault::Table->new();

for (@rounds) {
    my ($name, $n) = @$_;

    my $result = $run->round($name, $n);
    my @problems = @{$result->{problems}};

    $table->add($name, $result);

    ok(!@problems, "$name: what was accepted is stored exactly once")
        || diag($result->{text}, map { "$_\n" } @problems,
            $result->{dir} ? "kept: $result->{dir}\n" : ());
}

note($table->text());
