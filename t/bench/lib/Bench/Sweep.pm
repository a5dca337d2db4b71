package Bench::Sweep;

# How the cost grows with the number of readers and with the number of rules.

use strict;
use warnings;

use Bench::Backlog;
use Bench::Callgrind;
use Bench::Rig;
use Bench::Wrk qw/ load /;
use Test::Mytwip::System qw/ slurp spew /;

my $quick = $ENV{QUICK};


# As many opens, of so many different readers.
sub readers {
    my ($run) = @_;

    my $events = $quick ? 20_000 : 300_000;
    my $all = $run->{cluster}->readers();
    my @series;

    for my $readers (grep { $_ <= $all } 100, 1_000, 10_000, 30_000, 100_000) {
        my $rig = Bench::Backlog::rig($run, $events, $readers, 50);
        my $rate = Bench::Backlog::rate(
            (Bench::Backlog::drain($run, $rig, $events))[0, -1]);

        push @series, { x => $readers, rate => $rate->{events},
            cost => $rate->{cpu_postgres} };
        $run->say('%d readers: %.0f events a second, PostgreSQL %.2f us each',
            $readers, @{$rate}{qw/ events cpu_postgres /});
        $rig->finish();
    }

    return { series => \@series };
}


# The first so many of the example's rules, and then some that match nothing.
sub rules {
    my ($run) = @_;

    my @series;
    my @rules = grep { /^[a-z]+ / } split /\n/,
        slurp(Test::Mytwip::root() . '/conf.example/agents.rules');
    my $file = $run->requests('/o/');

    # made ones stand before the last, which takes what is left
    my @more = map { "bot zz$_-of-nobody" } 1 .. 400;
    @rules = (@rules[0 .. $#rules - 1], @more, $rules[-1]);

    for my $n ($quick ? (1, 100) : (1, 10, 30, 100, 300)) {
        my $rig = Bench::Rig->new(cluster => $run->{cluster});
        my $path = "$rig->{dir}/agents.rules";

        spew($path, join '', map { "$_\n" } @rules[0 .. $n - 1]);
        $rig->{agents} = $path;
        $rig->start();

        my $said = load(port => $rig->port(0), file => $file,
            seconds => $quick ? 1 : 4);
        my $drain = $rig->settle();
        my $counted = Bench::Callgrind::instructions(
            cluster => $run->{cluster}, file => $file, agents => $path);

        push @series, { x => $n, cost => $counted->{total},
            rate => $said->{requests} / ($said->{seconds} + $drain) };
        $run->say('%d rules: %.0f requests a second, %.0f instructions each',
            $n, $series[-1]{rate}, $counted->{total});
        $rig->finish();
    }

    return { series => \@series };
}


1;
