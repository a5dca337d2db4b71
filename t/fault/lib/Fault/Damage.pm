package Fault::Damage;

# Damages segments that nobody holds, and tells which events that costs: those
# of the frames in which a byte is another now, or is not there.

use strict;
use warnings;

use Exporter qw/ import /;
use List::Util qw/ max min /;

use Fault::Rig;
use Test::Mytwip::Journal;
use Test::Mytwip::System qw/ slurp /;

our @EXPORT_OK = qw/ damage /;

use constant {
    HEADER => 4096,
    PAGE   => 4096,
    KIND   => 10,                       # where it is in a frame
    ISSUE  => 24,                       # and behind it the reader
    OPEN   => 1,
    ACTIVITY => 5,
};


# By name: how (cut, flip, zero), times, random. Returns the numbers of what is
# destroyed, as a hash of lists: pixels, leavers, beacons.
sub damage {
    my ($dir, $args) = @_;

    my @segments = grep { frames($_) } segments($dir);
    my %gone = (pixels => [], leavers => [], beacons => []);

    for my $path (@segments) {
        my $before = slurp($path);
        my @frames = frames($path);
        my $end = max(map { $_->{position} + $_->{length} } @frames);

        if ($args->{how} eq 'cut') {
            my $size = $args->{random}->integer(0, $end);
            truncate $path, $size or die "cannot cut $path: $!\n";
        } else {
            change_segment($path, sub {
                change(\$_[0], $end, $args) for 1 .. $args->{times};
            });
        }

        my $after = slurp($path);

        for my $frame (grep { destroyed($before, $after, $_) } @frames) {
            my ($what, $number) = event($before, $frame);
            push @{$gone{$what}}, $number;
        }
    }

    return \%gone;
}


# One bit anywhere up to the end of what is written, or a page of zeros.
sub change {
    my ($text, $end, $args) = @_;

    my $at = $args->{random}->integer(0, $end - 1);

    if ($args->{how} eq 'flip') {
        substr($$text, $at, 1) ^= chr(1 << $args->{random}->integer(0, 7));
        return;
    }

    $at -= $at % PAGE;
    my $length = min(PAGE, length($$text) - $at);
    substr($$text, $at, $length) = "\0" x $length;

    return;
}


sub destroyed {
    my ($before, $after, $frame) = @_;

    my ($position, $length) = @{$frame}{qw/ position length /};

    return length $after < $position + $length
        || substr($before, $position, $length)
            ne substr($after, $position, $length);
}


sub event {
    my ($text, $frame) = @_;

    my $event = substr $text, $frame->{position}, $frame->{length};
    my $kind = unpack 'x' . KIND . ' C', $event;

    if ($kind == ACTIVITY) {
        my ($number) = $event =~ /"id":"(\d+)"/
            or die "a beacon without a number: $event\n";
        return (beacons => $number);
    }

    my ($issue, $reader) = unpack 'x' . ISSUE . ' Q< Q<', $event;

    return $kind == OPEN ? (pixels => Fault::Rig::number_of($issue, $reader))
        : (leavers => $reader - Fault::Rig::FIRST_LEAVER);
}


1;
