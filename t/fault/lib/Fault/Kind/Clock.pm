package Fault::Kind::Clock;

# The time of day steps, as when somebody sets it or a virtual machine wakes
# up. A small library in front of libc's gives nginx another time of day; the
# clock that timers go by is not touched, as the kernel does not either.
# (libfaketime can do this, too, but looks into a file at each question.)

use strict;
use warnings;

use File::Basename qw/ dirname /;

use Fault::Kind qw/ fault /;
use Test::Mytwip::System qw/ run_command /;

use constant DAY => 86400;

my $source = dirname(__FILE__) . '/../../clock.c';


fault 'clock' => (
    about => 'the time of day steps backwards, and back',
    lines => 0,
    rig   => sub {
        return (
            before => sub {
                my ($rig) = @_;

                build($rig->dir());
                step($rig, 0);
                $rig->env(LD_PRELOAD => $rig->dir() . '/clock.so');
            },
        );
    },
    args => sub {
        my ($random) = @_;

        return (step => -$random->pick(1, 60, 3600, 3 * DAY),
            hold => $random->seconds(0.3, 2));
    },
    begin => sub { step($_[0], $_[1]{step}) },
    end   => sub { step($_[0], 0) },
    check => sub {
        my ($rig, $args) = @_;

        # the step is to be seen, or nothing was tested
        my $old = $rig->pg()->value('SELECT count(*) FROM mytwip.open AS later'
            . ' JOIN mytwip.open AS earlier ON later.id > earlier.id'
            . ' AND later.id / 4294967296 = earlier.id / 4294967296'
            . " AND later.at < earlier.at - interval '500 ms' LIMIT 1");

        return $old ? () : 'no event is of an earlier time than one before it';
    },
);


sub step {
    my ($rig, $seconds) = @_;

    # in place: nginx has the file mapped
    my $path = $rig->dir() . '/clock';
    open my $file, -e $path ? '+<:raw' : '>:raw', $path
        or die "cannot write $path: $!\n";
    syswrite $file, pack 'q<', $seconds;
    close $file;
    chmod 0644, $path;

    return;
}


sub build {
    my ($dir) = @_;

    my ($rc, $text) = run_command($ENV{CC} || 'cc', '-O1', '-Wall', '-shared',
        '-fPIC', '-o', "$dir/clock.so", "-DCLOCK=\"$dir/clock\"", $source,
        '-ldl');
    die "the compiler failed:\n$text" if $rc;

    return;
}


1;
