package Fault::Kind::Journal;

# Faults of the journal's directory and of the files in it.

use strict;
use warnings;

use File::Path qw/ remove_tree /;
use Time::HiRes qw/ sleep /;

use Fault::Client;
use Fault::Damage qw/ damage /;
use Fault::Kind qw/ fault /;
use Test::Mytwip::System qw/ am_root chown_to run_command wait_until /;

use constant {
    ROOM    => 320 * 1024,              # of the small disk
    PATIENT => 60,
};


# The journal on a disk of its own, which is small.
sub on_small_disk {
    my ($rig) = @_;

    my $disk = "$rig->{dir}/small";

    mkdir $disk;
    mount_small($disk, ROOM);
    push @{$rig->{undo}}, sub { run_command('umount', '-l', $disk) };
    $rig->{at} = "$disk/journal";

    return;
}


sub mount_small {
    my ($disk, $size) = @_;

    my ($rc, $text) = run_command('mount', '-t', 'tmpfs', '-o',
        "size=$size,mode=0755", 'tmpfs', $disk);
    die "cannot mount a tmpfs: $text" if $rc;

    return;
}


sub needs_mount { return am_root() ? () : 'root, to mount a small tmpfs' }


# In every worker.
sub wait_for_shedding {
    my ($rig) = @_;

    wait_until(sub {
        my $status = eval { $rig->status() } or return;
        return !grep { !$_->{shed} } @{$status->{workers}};
    }, PATIENT) or die "the journal is not full after ${\PATIENT} s\n";

    return;
}


# When there is room again, every worker takes events by itself.
sub wait_for_accepting {
    my ($rig) = @_;

    my %before = accepted($rig);

    wait_until(sub {
        my %now = eval { accepted($rig) } or return;
        return !grep { ($now{$_} || 0) <= $before{$_} } keys %before;
    }, PATIENT) or die "there is room, and a worker takes no events\n";

    return;
}


sub accepted {
    my ($rig) = @_;

    return map { $_->{pid} => $_->{accepted} } @{$rig->status()->{workers}};
}


# Room is taken by somebody else's file, or by a database that is away.
fault 'disk-full' => (
    about  => 'the disk of the journal is full',
    needs  => \&needs_mount,
    told   => qr/\[error\].*(?:No space left on device).*/,
    over   => qr/journal takes events again, \d+ were shed/,
    lines  => 7,
    rate   => 500,
    rig    => sub {
        return (journal => 'segment=64k max=100m retain=1s',
            before => \&on_small_disk);
    },
    args => sub {
        my ($random) = @_;

        return (by => $random->pick(qw/ file database /),
            hold => $random->seconds(2, 5));
    },
    begin => sub {
        my ($rig, $args) = @_;

        if ($args->{by} eq 'file') {
            fill("$rig->{dir}/small/other");
        } else {
            $rig->pg()->close_to_nginx();
        }

        wait_for_shedding($rig);
    },
    end => sub {
        my ($rig, $args) = @_;

        if ($args->{by} eq 'file') {
            unlink "$rig->{dir}/small/other";
        } else {
            $rig->pg()->open_to_nginx();
        }

        wait_for_accepting($rig);
    },
);


# Until the disk takes no more.
sub fill {
    my ($path) = @_;

    open my $file, '>:raw', $path or die "cannot write $path: $!\n";

    while (syswrite $file, 'x' x 4096) { }

    close $file;

    return;
}


fault 'dir-readonly' => (
    about => 'the directory of the journal cannot be written to',
    told  => qr/\[error\].*journal.*Permission denied/,
    over  => qr/journal takes events again, \d+ were shed/,
    lines => 7,
    rate  => 1000,
    rig   => sub { return (journal => 'segment=64k retain=1s') },
    args  => sub {
        my ($random) = @_;

        return (hold => $random->seconds(2, 5),
            database => $random->pick(qw/ there away /));
    },
    begin => sub {
        my ($rig, $args) = @_;

        $rig->pg()->close_to_nginx() if $args->{database} eq 'away';
        chmod 0500, $rig->journal();
        wait_for_shedding($rig);
    },
    end => sub {
        my ($rig, $args) = @_;

        chmod 0700, $rig->journal();
        $rig->pg()->open_to_nginx() if $args->{database} eq 'away';
        wait_for_accepting($rig);
    },
);


# What the workers hold they still ship: the files have lost their names only.
fault 'dir-removed' => (
    about => 'the directory of the journal is removed, and made again later',
    told  => qr/\[error\].*journal.*No such file or directory/,
    over  => qr/journal takes events again, \d+ were shed/,
    lines => 7,
    rate  => 1000,
    rig   => sub { return (journal => 'segment=64k retain=1s') },
    args  => sub {
        my ($random) = @_;

        return (hold => $random->seconds(2, 5),
            database => $random->pick(qw/ there away /));
    },
    begin => sub {
        my ($rig, $args) = @_;

        $rig->pg()->close_to_nginx() if $args->{database} eq 'away';
        remove_tree($rig->journal());
        wait_for_shedding($rig);
    },
    end => sub {
        my ($rig, $args) = @_;

        mkdir $rig->journal(), 0700;
        chown_to($rig->user(), $rig->journal()) if am_root();
        $rig->pg()->open_to_nginx() if $args->{database} eq 'away';
        wait_for_accepting($rig);
    },
);


# nginx is killed with events that the database has not seen, and its files
# are damaged before it is started again: what may be missing is what was
# damaged, to the event.
fault 'damage' => (
    about => 'segments that nobody holds are cut, or have bits flipped',
    told  => qr/journal segment .* adopted/,
    lines => 8,
    rig   => sub { return (journal => 'segment=128k') },
    args  => sub {
        my ($random) = @_;

        return (how => $random->pick(qw/ cut flip flip zero /),
            times => $random->integer(1, 6),
            backlog => $random->seconds(0.3, 2), random => $random);
    },
    begin => sub {
        my ($rig, $args) = @_;

        $rig->pg()->close_to_nginx();
        sleep $args->{backlog};

        $rig->away_while(sub {
            $rig->kill_everybody();
            $rig->{damaged} = damage($rig->journal(), $args);
            $rig->run();
        });

        $rig->pg()->open_to_nginx();
        $args->{lost} = map { @$_ } values %{$rig->{damaged}};
        delete $args->{random};
    },
    ledger => sub { return (damaged => $_[0]->{damaged}) },
);


# The journal has reached max=. Who unsubscribes then, and finds the room for
# that taken, too, is told that it was not done, and never that it was.
fault 'limit' => (
    about  => 'the journal has reached max=',
    told   => qr/journal .* has reached max=/,
    over   => qr/journal takes events again, \d+ were shed/,
    lines  => 7,
    rate   => 500,
    rig    => sub { return (journal => 'segment=64k max=256k retain=1s') },
    args   => sub {
        my ($random) = @_;

        return (hold => $random->seconds(2, 5));
    },
    begin => sub {
        my ($rig) = @_;

        $rig->pg()->close_to_nginx();
        wait_for_shedding($rig);

        $rig->{refused} = Fault::Client->start(
            request => sub { $rig->unsubscribe_request($_[0]) },
            judge => \&Fault::Client::judge_unsubscribe,
            rate => 200, first => Fault::Rig::LEAVERS / 2);
    },
    end => sub {
        my ($rig, $args) = @_;

        my $report = (delete $rig->{refused})->stop();

        push @{$rig->{leavers}}, $report;
        $args->{refused} = @{$report->{refused} || []};
        $rig->pg()->open_to_nginx();
        wait_for_accepting($rig);
    },
    check => sub {
        my ($rig, $args) = @_;

        return $args->{refused} ? ()
            : 'with a full journal nobody was told to unsubscribe later';
    },
);


1;
