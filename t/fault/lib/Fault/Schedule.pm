package Fault::Schedule;

# What is done when: drawn before a round, so that it can be printed when the
# round fails, and is the same with the same seed.

use strict;
use warnings;

use Exporter qw/ import /;

use Fault::Kind;

our @EXPORT_OK = qw/ single mixture steps_text /;

use constant CALM => 0.5;               # seconds between two on the same


# One fault, begun at some moment. Returns steps: at (seconds), kind, what
# (begin or end), args (of both steps the same).
sub single {
    my ($random, $kind, $round) = @_;

    return begin_and_end($random, $kind, $round,
        $random->seconds(0.2, 1.0));
}


sub begin_and_end {
    my ($random, $kind, $round, $at) = @_;

    my %args = $kind->{args}->($random, $round);
    my %step = (kind => $kind, args => \%args);

    return ({ %step, at => $at, what => 'begin' },
        defined $args{hold}
            ? { %step, at => $at + $args{hold}, what => 'end' } : ());
}


# Several faults, at once if they are of nginx, of the database and of the
# network between them, else one after the other.
sub mixture {
    my ($random, $round) = @_;

    my @steps;

    for my $on (qw/ nginx database network /) {
        my $at = $random->seconds(0.2, 1.0);

        for (1 .. $random->integer($on eq 'nginx' ? 1 : 0, 3)) {
            my $kind = $random->pick(Fault::Kind::mixable($on));
            my @new = begin_and_end($random, $kind, $round, $at);

            push @steps, @new;
            $at = $new[-1]{at} + CALM + $random->seconds(0, 1.5);
        }
    }

    # of equal times, those first that were drawn first
    my @order = sort { $steps[$a]{at} <=> $steps[$b]{at} || $a <=> $b }
        0 .. $#steps;

    return @steps[@order];
}


# For people.
sub steps_text {
    my (@steps) = @_;

    return join '', map {
        my $args = $_->{args};

        sprintf "  %7.3f s  %-5s %s  %s\n", $_->{at}, $_->{what},
            $_->{kind}{name}, join ' ', map { "$_=$args->{$_}" }
                grep { !ref $args->{$_} } sort keys %$args;
    } @steps;
}


1;
