package Bench::Memory;

# Memory of a worker: what an hour of a stopped database does at 2,000 opens a
# second, sent as fast as they are taken; what it does when the journal has
# reached its "max", and when the database is back. Journal segments are mapped
# files and are not in it; they are shown beside it.

use strict;
use warnings;

use Time::HiRes qw/ sleep /;

use Bench::Proc qw/ memory peak /;
use Bench::Rig;
use Bench::Wrk qw/ load /;

use constant {
    EVENTS => 7_200_000,                # an hour of 2,000 a second
    EVENT_BYTES => 40,
    SEGMENT => 16 << 20,
};

my $quick = $ENV{QUICK};


sub measure {
    my ($run) = @_;

    my $events = $ENV{EVENTS} || ($quick ? 100_000 : EVENTS);
    my $segment = $quick ? 1 << 20 : SEGMENT;

    # room for the hour and the spare segment, and not for much more
    my $segments = int($events * EVENT_BYTES / $segment)
        + ($quick ? 10 : 3);
    my $max = $segments * $segment;
    my $rig = Bench::Rig->new(cluster => $run->{cluster}, journal_options =>
        "segment=$segment max=$max");
    my $file = $run->requests('/o/');
    my %result = (events => [ $events ], max => [ $max ]);

    my $note = sub {
        my ($when) = @_;

        my $total = $rig->status()->{total};
        my $bytes = memory($rig->worker());

        push @{$result{memory}}, $bytes;
        push @{$result{when}}, $when;
        push @{$result{pending}}, $total->{pending}{events};
        push @{$result{journal}}, $total->{journal}{bytes};
        push @{$result{shed}}, $total->{shed};

        die "the journal has $total->{journal}{bytes} bytes, max is $max\n"
            if $total->{journal}{bytes} > $max;

        $run->say('%s: %.2f MiB of its own, %d events pending in %.0f MiB,'
            . ' %d shed', $when, $bytes / 2**20, $total->{pending}{events},
            $total->{journal}{bytes} / 2**20, $total->{shed});
    };

    my $send = sub {
        load(port => $rig->port(0), file => $file, count => $_[0]);
    };

    $rig->start();
    $send->(100_000);
    $rig->settle();
    $note->('before');

    $rig->pg()->stop();
    $send->($events);
    $note->('without the database');

    $send->(int(1.1 * $segments * $segment / EVENT_BYTES) - $events);
    $note->('with the journal at its max');

    $rig->pg()->start();
    $rig->settle();
    $note->('with all of it committed');

    my $accepted = $rig->accepted();
    my $stored = $rig->opens();
    die "$accepted events were accepted, $stored are stored\n"
        if $accepted != $stored;
    die "nothing was shed\n" unless $result{shed}[2];
    die "$result{shed}[1] were shed before the max\n" if $result{shed}[1];

    $result{peak_nginx} = [ peak($rig->worker()) ];
    $rig->finish();

    return \%result;
}


1;
