package Fault::Random;

# Numbers drawn from a seed, the same on every machine. Not perl's rand(),
# which the harness uses, too, and which would give a schedule that depends on
# how many ports were taken.

use strict;
use warnings;

use Digest::MD5 qw/ md5 /;


sub new {
    my ($class, $seed) = @_;

    return bless { seed => $seed, drawn => 0 }, $class;
}


# From 0 to below 1.
sub draw {
    my ($self) = @_;

    return unpack('L<', md5("$self->{seed}:" . $self->{drawn}++)) / 2 ** 32;
}


# Whole numbers, both included.
sub integer {
    my ($self, $least, $most) = @_;

    return $least + int($self->draw() * ($most - $least + 1));
}


# Seconds, with three decimals, so that a printed schedule is the real one.
sub seconds {
    my ($self, $least, $most) = @_;

    return $self->integer($least * 1000, $most * 1000) / 1000;
}


sub pick {
    my ($self, @list) = @_;

    return $list[ $self->integer(0, $#list) ];
}


# True that many times of a hundred.
sub chance {
    my ($self, $percent) = @_;

    return $self->draw() * 100 < $percent;
}


1;
