package Fault::Log;

# What nginx's error log says of a fault: that it is there, that it is over,
# and neither over and over again.

use strict;
use warnings;

# what the module says, as opposed to nginx itself
use constant {
    OURS  => qr/database|journal/,
    WIDTH => 160,                       # of a line in a summary
};


# Of a rig, from now on.
sub new {
    my ($class, $rig) = @_;

    return bless { rig => $rig, from => length $rig->error_log() }, $class;
}


sub text {
    my ($self) = @_;

    return substr $self->{rig}->error_log(), $self->{from};
}


# The module's lines of level notice or worse.
sub lines {
    my ($self) = @_;

    return grep { /\[(?:notice|warn|error|crit|alert|emerg)\]/
        && $_ =~ OURS } split /\n/, $self->text();
}


# The same, each sort of line once, with how often it is there.
sub summary {
    my ($self) = @_;

    return sorts($self->lines());
}


sub sorts {
    my (@lines) = @_;

    my (%times, @order);

    for my $line (@lines) {
        my $sort = $line =~ s/^\S+ \S+ //r =~ s/\d+#\d+: (?:\*\d+ )?//r
            =~ s/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/gr
            =~ s{/tmp/\S+/}{.../}gr =~ s/\d+/N/gr;

        $sort = substr($sort, 0, WIDTH) . '...' if length $sort > WIDTH;
        push @order, $sort unless $times{$sort}++;
    }

    return map { "$times{$_} x $_" } @order;
}


# What should not be in the log, whatever the fault: crashes, what a sanitizer
# says, and alarms that are not expected. Who is killed may hold the lock of the
# counters: the master says so as it opens it.
sub alarms {
    my ($self, $expected) = @_;

    my $killed = $self->{rig}{killed};
    my @alarms;

    for (split /\n/, $self->text()) {
        if (/exited on signal|was locked by/) {
            push @alarms, $_ unless
                /(?|process (\d+) exited on signal 9|was locked by (\d+))/
                && $killed->{$1};
        } elsif (/Sanitizer|runtime error:/) {
            push @alarms, $_;
        } elsif (/\[(?:alert|emerg|crit)\]/) {
            push @alarms, $_ unless $expected && /$expected/;
        }
    }

    return sorts(@alarms);
}


1;
