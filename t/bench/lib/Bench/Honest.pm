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

    my %file = user_agents();
    my %result = (sets => [ sort keys %file ]);

    for (1 .. ($quick ? 1 : 5)) {
        for my $set (@{$result{sets}}) {
            my %said = one_run($file{$set});

            push @{$result{"${set}_$_"}}, $said{$_}
                for qw/ n mean known worst /;
        }

        my %said = one_run();

        push @{$result{$_}}, $said{$_} for qw/ hostile kinds /;
        $result{jit} = [ $said{jit} ];
    }

    # of the set where it is dearest
    my ($dearest) = sort { median(@$b) <=> median(@$a) }
        map { $result{"${_}_mean"} } @{$result{sets}};
    $result{mean} = $dearest;

    $run->say('the class of a request: %.3f us; with 32 KiB that are made to'
        . ' be expensive %.3f us', map { scalar median(@{$result{$_}}) }
        qw/ mean hostile /);

    return \%result;
}


# Those of this repository, and those that t/agents/agents.t has fetched.
sub user_agents {
    my %known = Bench::Rig->agents();
    my %file = map { $_ => "$root/build/agents/$_.txt" }
        qw/ browsers crawlers known /;

    spew($file{known}, join '', map { "$_\n" } map { @$_ }
        @known{sort keys %known});

    return map { $_ => $file{$_} } grep { -s $file{$_} } keys %file;
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
