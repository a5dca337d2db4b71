package Bench::Stats;

# Medians of rounds and their spread, and how numbers are written.

use strict;
use warnings;

use Exporter qw/ import /;

our @EXPORT_OK = qw/ median spread quantile number with_spread /;


sub quantile {
    my ($q, @values) = @_;

    @values = sort { $a <=> $b } grep { defined } @values;
    return unless @values;

    my $at = $q * $#values;
    my $low = int $at;

    return $values[$low] if $low == $#values;
    return $values[$low] + ($at - $low) * ($values[$low + 1] - $values[$low]);
}


sub median { return quantile(0.5, @_) }


# The smallest and the largest.
sub spread { return (quantile(0, @_), quantile(1, @_)) }


# Three digits that count; thousands apart.
sub number {
    my ($n, $digits) = @_;

    return '-' unless defined $n;

    $digits = $n == 0 || abs $n >= 100 ? 0 : abs $n >= 10 ? 1
        : abs $n >= 1 ? 2 : 3 unless defined $digits;

    my $text = sprintf "%.${digits}f", $n;
    1 while $text =~ s/^(-?\d+)(\d{3})/$1,$2/;

    return $text;
}


# "median (smallest to largest)" of the values.
sub with_spread {
    my (@values) = @_;

    @values = grep { defined } @values;
    return '-' unless @values;
    return number($values[0]) if @values == 1;

    my ($low, $high) = map { number($_) } spread(@values);

    return number(median(@values)) . " ($low to $high)";
}


1;
