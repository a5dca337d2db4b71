package Fault::Table;

# The sums of all rounds of a fault, and the table of them.

use strict;
use warnings;

use constant {
    LATE  => 0.050,                     # seconds, at the 99.9th percentile
    NOISE => 1.5,                       # times what the machine itself does
};

my @counts = qw/ sent accepted shed lost twice /;


sub new {
    my ($class) = @_;

    return bless { rows => {}, order => [] }, $class;
}


sub add {
    my ($self, $name, $result) = @_;

    push @{$self->{order}}, $name unless $self->{rows}{$name};

    my $row = $self->{rows}{$name} ||= {
        rounds => 0, failed => 0, away => 0, growth => 0, settled => 0,
        samples => [], control => [], map { $_ => 0 } @counts,
    };

    $row->{rounds}++;
    $row->{failed}++ if @{$result->{problems}};

    $row->{$_} += ref $result->{$_} ? @{$result->{$_}} : $result->{$_} || 0
        for @counts;
    # what was never sent, or said to be shed, is one too many as well
    $row->{lost} += @{$result->{$_} || []}
        for qw/ stayed beacon_lost beacon_part /;
    $row->{twice} += @{$result->{$_} || []} for qw/ unknown shed_stored
        pushed left_twice beacon_twice beacon_unknown /;

    push @{$row->{$_}}, @{$result->{$_} || []} for qw/ samples control /;

    for (qw/ away growth /) {
        $row->{$_} = $result->{$_} if ($result->{$_} || 0) > $row->{$_};
    }

    return;
}


sub names { return @{$_[0]{order}} }


# Whether static files were late, and not just as late as of an nginx without
# the module.
sub late {
    my ($self, $name) = @_;

    my $row = $self->{rows}{$name};
    my $mine = percentile($row->{samples});

    return $mine > LATE && $mine > NOISE * percentile($row->{control});
}


sub percentile {
    my ($samples) = @_;

    my @sorted = sort { $a <=> $b } @$samples or return 0;

    return $sorted[ int(0.999 * $#sorted) ];
}


sub worst {
    my ($samples) = @_;

    my $worst = 0;

    for (@$samples) {
        $worst = $_ if $_ > $worst;
    }

    return $worst;
}


# "without" is the same static file from an nginx without the module, "away"
# the longest time in which a fault had left no worker to serve.
sub text {
    my ($self) = @_;

    my $text = sprintf "%-14s %6s %7s %8s %6s %5s %5s  %15s %15s %7s\n",
        qw/ fault rounds sent accepted shed lost twice /,
        'worst/p99.9 ms', 'without', 'away';

    for my $name (@{$self->{order}}) {
        my $row = $self->{rows}{$name};

        $text .= sprintf "%-14s %6d %7d %8d %6d %5d %5d  %7.1f/%7.1f"
            . " %7.1f/%7.1f %7.0f%s\n",
            $name, @{$row}{qw/ rounds sent accepted shed lost twice /},
            map({ 1000 * $_ } worst($row->{samples}),
                percentile($row->{samples}), worst($row->{control}),
                percentile($row->{control}), $row->{away}),
            $row->{failed} ? "  $row->{failed} FAILED" : '';
    }

    return $text;
}


1;
