package Bench::Rows;

# The rows of the benchmark by name, and who measures them.

use strict;
use warnings;

use Bench::Backlog;
use Bench::Honest;
use Bench::Ingest;
use Bench::Instructions;
use Bench::Memory;
use Bench::Rounds;
use Bench::Sweep;

my @OTHERS = (
    [ instructions => 'instructions a request of the nginx worker',
        \&Bench::Instructions::measure ],
    [ ingest => 'instructions an open of PostgreSQL',
        \&Bench::Ingest::measure ],
    [ workers => 'four workers against one: instructions and futexes',
        \&Bench::Instructions::workers ],
    [ drain => 'draining a backlog; the reports over what it holds',
        \&Bench::Backlog::measure ],
    [ memory => 'memory of a worker: an hour without a database',
        \&Bench::Memory::measure ],
    [ readers => 'cost as the number of readers grows',
        \&Bench::Sweep::readers ],
    [ rules => 'cost as the number of rules for User-Agents grows',
        \&Bench::Sweep::rules ],
    [ campaign => 'people told from machines: 200,000 readers, 100 seeds',
        \&Bench::Honest::campaign ],
    [ agents => 'what telling them apart costs a request',
        \&Bench::Honest::agents ],
);


sub names { return (@Bench::Rounds::NAMES, map { $_->[0] } @OTHERS) }


sub about {
    my ($name) = @_;

    return $Bench::Rounds::ROWS{$name}{about} if $Bench::Rounds::ROWS{$name};

    my ($row) = grep { $_->[0] eq $name } @OTHERS;
    die "there is no row \"$name\"; ROWS=list lists them\n" unless $row;

    return $row->[1];
}


# Measures these rows and tells of each: row => figure => values. One that
# fails is no reason not to measure the others; returns what failed.
sub measure {
    my ($run, $tell, @names) = @_;

    my %wanted = map { $_ => 1 } @names;
    my @rounds = grep { $wanted{$_} } @Bench::Rounds::NAMES;

    my @failed;

    my $try = sub {
        my ($name, $code) = @_;

        eval { $tell->($code->()); 1 } or push @failed, "$name: $@";
    };

    $try->('rounds', sub { Bench::Rounds::measure($run, @rounds) }) if @rounds;

    for my $row (grep { $wanted{$_->[0]} } @OTHERS) {
        my ($name, undef, $code) = @$row;

        $try->($name, sub { return { $name => $code->($run) } });
    }

    return @failed;
}


1;
