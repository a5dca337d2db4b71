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


# By name: rig; pixels and leavers (reports of clients); poison (an issue that
# the database refuses); damaged and damaged_leavers (numbers that a fault has
# destroyed).
sub new {
    my ($class, %opt) = @_;

    my $self = bless { leavers => {}, %opt }, $class;

    $self->{gone} = { map { $_ => 1 } @{$opt{damaged} || []} };
    $self->{gone_leavers} = { map { $_ => 1 } @{$opt{damaged_leavers} || []} };

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

    return !@{$found->{lost}} && !@{$found->{stayed} || []};
}


# Lists of numbers: lost (accepted, not there), twice (there more than once),
# unknown (there, never sent), shed_stored (there, and said to be shed); of who
# unsubscribes: stayed (but was told that it is done), pushed (never asked),
# left_twice.
sub compare {
    my ($self) = @_;

    my $p = $self->{pixels};
    my $times = $self->stored();
    my %sent = map { $_ => 1 } map { @{$p->{$_} || []} }
        qw/ accepted unanswered shed /;

    $sent{$_->[0]} = 1 for @{$p->{wrong} || []};

    return {
        lost => [ grep { !$times->{$_} && !$self->{gone}{$_}
            && !$self->poisoned($_) } @{$p->{accepted} || []} ],
        twice => [ grep { $times->{$_} > 1 } keys %$times ],
        unknown => [ grep { !$sent{$_} } keys %$times ],
        shed_stored => [ grep { $times->{$_} } @{$p->{shed} || []} ],
        %{$self->compare_leavers()},
    };
}


# Number to how often it is in the table.
sub stored {
    my ($self) = @_;

    my %times;

    $times{Fault::Rig::number_of($_->[0], $_->[1])} = $_->[2]
        for $self->{rig}->pg()->rows('SELECT issue_id, reader_id, count(*)'
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
    return {} unless %$l && $self->{rig}{unsubscribes};

    my $pg = $self->{rig}->pg();
    my %said = map { $_->[0] - Fault::Rig::FIRST_LEAVER => $_->[1] }
        $pg->rows('SELECT reader_id, count(*) FROM mytwip.unsubscription'
            . ' GROUP BY 1');
    my %left = map { $_->[0] - Fault::Rig::FIRST_LEAVER => 1 }
        $pg->rows('SELECT reader_id FROM mytwip.subscription'
            . " WHERE status = 'unsubscribed'");
    my %asked = map { $_ => 1 } map { @{$l->{$_} || []} }
        qw/ accepted unanswered /;

    return {
        stayed => [ grep { (!$left{$_} || !$said{$_})
            && !$self->{gone_leavers}{$_} } @{$l->{accepted} || []} ],
        pushed => [ grep { !$asked{$_} } keys %left ],
        left_twice => [ grep { $said{$_} > 1 } keys %said ],
    };
}


# Sentences on what is wrong in the tables, besides single events.
sub faults {
    my ($self) = @_;

    my $pg = $self->{rig}->pg();
    my @faults;

    my ($rows, $unnamed, $counted) = map { @$_ } $pg->rows(
        'SELECT count(*), count(*) FILTER (WHERE reader_id IS NULL),'
        . ' (SELECT coalesce(sum(opens), 0) FROM mytwip.issue_opens)'
        . ' FROM mytwip.open');

    push @faults, "the rollup counts $counted of $rows opens"
        if $rows != $counted;
    push @faults, "$unnamed opens have no reader" if $unnamed;

    my $poison = $self->{poison} || 0;
    my %rejected = map { ($_->[0] => $_->[1]) } $pg->rows('SELECT CASE'
        . " WHEN reason = 'refused' AND issue_id = $poison THEN 'poison'"
        . ' ELSE reason END, count(*) FROM mytwip.rejected GROUP BY 1');

    push @faults, $self->poison_faults(delete $rejected{poison} || 0)
        if $poison;
    push @faults, $self->leaver_faults(delete $rejected{unknown_kind} || 0)
        unless $self->{rig}{unsubscribes};
    push @faults, map { "$rejected{$_} events are rejected as $_" }
        sort keys %rejected;

    return @faults;
}


# A database that knows no unsubscriptions keeps them apart.
sub leaver_faults {
    my ($self, $rejected) = @_;

    my $l = $self->{leavers};
    my $least = @{$l->{accepted} || []};
    my $most = $least + @{$l->{unanswered} || []};

    return $least <= $rejected && $rejected <= $most ? ()
        : "$rejected unsubscriptions are in rejected, not $least to $most";
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
