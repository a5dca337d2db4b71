package Bench::Honest;

# How well people are told from machines, and what that costs a request.

use strict;
use warnings;

use Bench::Rig;
use Bench::Stats qw/ median /;
use Campaign;
use Test::Mytwip::System qw/ run_command spew /;

my $quick = $ENV{QUICK};
my $root = Test::Mytwip::root();


# One campaign of many readers, for the matrix; and many of few, for how often
# the interval of the open rate has the truth: where readers are few, chance
# has most to say.
sub campaign {
    my ($run) = @_;

    my ($many, $few, $seeds) = $quick ? (1_000, 400, 2)
        : (200_000, 1_000, 100);
    my %result;

    for ([ large => $many, 1 ], [ small => $few, $seeds ]) {
        my ($name, $readers, $n) = @$_;
        my $campaign = Campaign->new($run->{cluster});

        $campaign->run($_, $readers) for 1 .. $n;
        $run->say("campaigns of %d readers: %d\n%s", $readers, $n,
            $campaign->report());

        my $figures = $campaign->figures();
        $result{"${name}_$_"} = $figures->{$_} for keys %$figures;
        $campaign->finish();
    }

    return \%result;
}


# Microseconds a request, by t/agents/bench, of which this is a process for
# each round.
sub agents {
    my ($run) = @_;

    my ($rc, $text) = run_command('make', '-s', '-C', "$root/t/agents");
    die "make -C t/agents failed:\n$text" if $rc;

    my ($from, %file) = user_agents();
    my %result = (from => [ $from ]);

    for (1 .. ($quick ? 1 : 5)) {
        for my $who (sort keys %file) {
            my %said = one_run($file{$who});

            push @{$result{"${who}_$_"}}, $said{$_}
                for qw/ n mean known worst /;
        }

        my %said = one_run();

        push @{$result{$_}}, $said{$_} for qw/ hostile kinds /;
        $result{jit} = [ $said{jit} ];
    }

    $run->say('%s: %.3f us a request, the dearest %.3f us; 32 KiB that are'
        . ' made to be expensive %.3f us', $from, map {
            scalar median(@{$result{$_}})
        } qw/ people_mean people_worst hostile /);

    return \%result;
}


# Those that t/agents/agents.t has fetched, if it has.
sub user_agents {
    my %file = (people => "$root/build/agents/browsers.txt",
        machines => "$root/build/agents/crawlers.txt");

    return ('user-agents and crawler-user-agents of npm', %file)
        unless grep { !-s } values %file;

    my %known = Bench::Rig->agents();

    mkdir "$root/build/bench";
    %file = map { $_ => "$root/build/bench/agents-$_.txt" } keys %file;

    spew($file{people}, join '', map { "$_\n" } @{$known{human}});
    spew($file{machines}, join '', map { "$_\n" }
        map { @{$known{$_} || []} } qw/ bot prefetch proxy /);

    return ('t/agents/known.txt', %file);
}


sub one_run {
    my (@files) = @_;

    my ($rc, $text) = run_command("$root/build/agents/bench",
        "$root/conf.example/agents.rules", @files);
    die "build/agents/bench failed:\n$text" if $rc;

    my %said = $text =~ /^(\w+)\s+([\d.]+) us /mg;

    $said{jit} = $text =~ /^JIT on$/m ? 1 : 0;
    ($said{$_->[0]}) = $text =~ $_->[1]
        for [ n => qr/ of (\d+) User-Agents/ ],
            [ kinds => qr/ the dearest of (\d+)/ ];

    return %said;
}


1;
