package Fault::Ledger;

# What the clients know, compared with what the database has.

use strict;
use warnings;

use Time::HiRes qw/ sleep time /;

use Fault::Rig;

use constant {
    PATIENCE => 60,                     # seconds until nothing is pending
    QUIET    => 4,                      # seconds without anything pending
    STEP     => 0.2,
};


# By name: rig; pixels, leavers and beacons (reports of clients); poison (an
# issue that the database refuses); damaged (numbers that a fault has
# destroyed, by the same three names).
sub new {
    my ($class, %opt) = @_;

    my $self = bless { leavers => {}, beacons => {}, %opt }, $class;

    for my $what (qw/ pixels leavers beacons /) {
        $self->{gone}{$what} = { map { $_ => 1 } @{$opt{damaged}{$what}
            || []} };
    }

    return $self;
}


# Waits until the status says that nothing is pending. What a process has left
# is in nobody's status until another has adopted it: if something is missing,
# the status has to say so for a while.
sub settle {
    my ($self) = @_;

    my $begin = time();
    my ($quiet, $seen) = (0, 0);

    while (time() < $begin + PATIENCE) {
        my $settled = eval { $self->{rig}->settled() };
        $seen ||= $settled;

        $quiet = $settled ? $quiet || time() : 0;

        if ($quiet && ($self->all_there() || time() > $quiet + QUIET)) {
            return time() - $begin;
        }

        sleep STEP;
    }

    return;
}


sub all_there {
    my ($self) = @_;

    my $found = $self->compare();

    return !grep { @{$found->{$_}} } qw/ lost stayed beacon_lost /;
}


# Lists of numbers: lost (accepted, not there), twice (there more than once),
# unknown (there, never sent), shed_stored (there, and said to be shed).
#
# Of who unsubscribes: stayed (but was told that it is done), pushed (never
# asked), left_twice. Of beacons, besides the same as of pixels: beacon_part
# (there, and not with all its events).
sub compare {
    my ($self) = @_;

    return {
        %{$self->compare_pixels()}, %{$self->compare_leavers()},
        %{$self->compare_beacons()},
    };
}


sub compare_pixels {
    my ($self) = @_;

    my $p = $self->{pixels};
    my $times = $self->stored();
    my $sent = sent($p);

    return {
        lost => [ grep { !$times->{$_} && !$self->{gone}{pixels}{$_}
            && !$self->poisoned($_) } @{$p->{accepted} || []} ],
        twice => [ grep { $times->{$_} > 1 } keys %$times ],
        unknown => [ grep { !$sent->{$_} } keys %$times ],
        shed_stored => [ grep { $times->{$_} } @{$p->{shed} || []} ],
    };
}


# What may be stored, whatever was answered.
sub sent {
    my ($report) = @_;

    return { map { $_ => 1 } (map { @{$report->{$_} || []} }
        qw/ accepted unanswered shed /),
        map { $_->[0] } @{$report->{wrong} || []} };
}


# Number to how often it is in the table.
sub stored {
    my ($self) = @_;

    my %times;

    $times{Fault::Rig::number_of($_->[0], $_->[1])} = $_->[2]
        for $self->{rig}->pg()->rows('SELECT issue_id, reader_id, sum(fetches)'
            . ' FROM mytwip.open WHERE reader_id IS NOT NULL GROUP BY 1, 2');

    return \%times;
}


sub poisoned {
    my ($self, $number) = @_;

    return $self->{poison}
        && Fault::Rig::issue_of($number) == $self->{poison};
}


# Readers who have left: none who was not asked, all who were told, and each
# request once in the history.
sub compare_leavers {
    my ($self) = @_;

    my $l = $self->{leavers};
    my $pg = $self->{rig}->pg();
    my %said = map { $_->[0] - Fault::Rig::FIRST_LEAVER => $_->[1] }
        $pg->rows('SELECT reader_id, count(*) FROM mytwip.unsubscription'
            . ' GROUP BY 1');
    my %left = map { $_->[0] - Fault::Rig::FIRST_LEAVER => 1 }
        $pg->rows('SELECT reader_id FROM mytwip.subscription'
            . " WHERE status = 'unsubscribed'");
    my $asked = sent($l);

    return {
        stayed => [ grep { (!$left{$_} || !$said{$_})
            && !$self->{gone}{leavers}{$_} } @{$l->{accepted} || []} ],
        pushed => [ grep { !$asked->{$_} } keys %left ],
        left_twice => [ grep { $said{$_} > 1 } keys %said ],
    };
}


# A beacon is taken whole or not at all.
sub compare_beacons {
    my ($self) = @_;

    my $b = $self->{beacons};
    my (%rows, %parts);

    for ($self->{rig}->pg()->rows('SELECT resource_id, count(*),'
        . ' count(DISTINCT activity) FROM mytwip.activity GROUP BY 1'))
    {
        ($rows{$_->[0]}, $parts{$_->[0]}) = @{$_}[1, 2];
    }

    my $sent = sent($b);

    return {
        beacon_lost => [ grep { !$rows{$_} && !$self->{gone}{beacons}{$_} }
            @{$b->{accepted} || []} ],
        beacon_twice => [ grep { $rows{$_} > $parts{$_} } keys %rows ],
        beacon_part => [ grep { $parts{$_} != Fault::Rig::PARTS }
            keys %parts ],
        beacon_unknown => [ grep { !$sent->{$_} } keys %rows ],
    };
}


# Sentences on what is wrong in the tables, besides single events.
sub faults {
    my ($self) = @_;

    my $pg = $self->{rig}->pg();
    my @faults;

    for (
        [ opens => 'mytwip.open', 'opens', 'mytwip.issue_opens',
            'coalesce(sum(fetches), 0)' ],
        [ activities => 'mytwip.activity', 'uses', 'mytwip.activity_daily',
            'count(*)' ])
    {
        my ($what, $table, $count, $rollup, $events) = @$_;
        my ($rows, $counted) = map { @$_ } $pg->rows("SELECT $events,"
            . " (SELECT coalesce(sum($count), 0) FROM $rollup) FROM $table");

        push @faults, "the rollup counts $counted of $rows $what"
            if $rows != $counted;
    }

    my $unnamed = $pg->value(
        'SELECT count(*) FROM mytwip.open WHERE reader_id IS NULL');

    push @faults, "$unnamed opens have no reader" if $unnamed;

    return (@faults, $self->rejected());
}


sub rejected {
    my ($self) = @_;

    my $poison = $self->{poison} || 0;
    my %rejected = map { ($_->[0] => $_->[1]) } $self->{rig}->pg()->rows(
        "SELECT CASE WHEN reason = 'refused' AND issue_id = $poison"
        . " THEN 'poison' ELSE reason END, count(*)"
        . ' FROM mytwip.rejected GROUP BY 1');

    return ($poison ? $self->poison_faults(delete $rejected{poison} || 0) : (),
        map { "$rejected{$_} events are rejected as $_" }
            sort keys %rejected);
}


# A rejected event has no reader: they can be counted, not told apart.
sub poison_faults {
    my ($self, $rejected) = @_;

    my $p = $self->{pixels};
    my $least = grep { $self->poisoned($_) } @{$p->{accepted} || []};
    my $most = $least + grep { $self->poisoned($_) } @{$p->{unanswered} || []};

    return $least <= $rejected && $rejected <= $most && $least > 0 ? ()
        : "$rejected events of the refused issue are in rejected,"
            . " not $least to $most";
}


1;
