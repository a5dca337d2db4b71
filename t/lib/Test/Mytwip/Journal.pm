package Test::Mytwip::Journal;

# The journal on the disk, read and damaged as
# ngx_mytwip_module/mytwip_segment.h describes it.

use strict;
use warnings;

use Exporter qw/ import /;

use Test::Mytwip::System qw/ slurp spew /;

our @EXPORT = qw/
    segments frames segment_bytes change_segment write_segment crc32c
/;

use constant HEADER => 4096;


# The paths of the segments of a journal, oldest first.
sub segments {
    my ($dir) = @_;

    my %made = map {
        my $text = eval { slurp($_) } || '';
        ($_ => length $text >= 40 ? unpack 'x32 Q<', $text : 0);
    } glob "$dir/*.journal";

    my @segments = sort { $made{$a} <=> $made{$b} } keys %made;

    return @segments;
}


# The frames of a segment: position, length.
sub frames {
    my ($path) = @_;

    my $text = slurp($path);
    my $position = HEADER;
    my @frames;

    while ($position + 8 <= length $text) {
        my $length = unpack "x$position L<", $text;
        last if $length == 0 || $position + $length > length $text;
        push @frames, { position => $position, length => $length };
        $position += $length;
    }

    return @frames;
}


# Replaces the text of a segment by what the code makes of it ($_[0]). The
# file stays the same file, its owner too.
sub change_segment {
    my ($path, $code) = @_;

    my $text = slurp($path);
    $code->($text);
    spew($path, $text);

    return;
}


# What the segments of a journal take of the disk.
sub segment_bytes {
    my ($dir) = @_;

    my $bytes = 0;
    $bytes += -s $_ || 0 for glob "$dir/*.journal";

    return $bytes;
}


# A segment made by somebody else; by name: dir, uuid, version, the uuid in its
# header if that is another one.
sub write_segment {
    my (%segment) = @_;

    my $header = pack 'a8 L< L< H32 Q<', 'MYTWIPJ1', $segment{version} || 1,
        HEADER, ($segment{header} || $segment{uuid}) =~ tr/-//dr,
        time() * 1000000;

    my $path = "$segment{dir}/$segment{uuid}.journal";

    spew($path, $header . pack('L<', crc32c($header))
        . "\0" x (65536 - length($header) - 4));

    my (undef, undef, undef, undef, $uid, $gid) = stat $segment{dir};
    chown $uid, $gid, $path;

    return $path;
}


sub crc32c {
    my ($text) = @_;

    my $crc = 0xffffffff;

    for my $byte (unpack 'C*', $text) {
        $crc ^= $byte;
        $crc = $crc & 1 ? $crc >> 1 ^ 0x82f63b78 : $crc >> 1 for 1 .. 8;
    }

    return $crc ^ 0xffffffff;
}


1;
