#!/usr/bin/perl

# A damaged journal costs what was damaged and nothing else. nginx is stopped
# with opens that the database has not seen; the test changes the files, and
# starts nginx again.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Journal;

my $t = Test::Mytwip->new()->plan(27);
my $pg = $t->pg();

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal segment=64k;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT


# Leaves a segment with opens of the readers 1 to n; returns its path.
sub left_behind {
    my ($n) = @_;

    unlink glob $t->journal() . '/*';
    $pg->query('TRUNCATE mytwip.open');
    $pg->close_to_nginx();

    $t->run();
    http_get($t->pixel(1, $_)) for 1 .. $n;
    $t->stop();

    $pg->open_to_nginx();

    my @left = grep { frames($_) } segments($t->journal());
    die "not one segment but @left\n" unless @left == 1;

    return $left[0];
}


sub readers {
    return $pg->value('SELECT string_agg(reader_id::text, \' \''
        . ' ORDER BY reader_id) FROM mytwip.open') || '';
}


# A test that these readers are stored, and a test that others are not; then
# that nginx, which has gone on, takes events as before.
sub stored {
    my ($expected, $name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    $t->run();
    $t->eventually_is(\&readers, $expected, $name);

    http_get($t->pixel(1, 1000));
    $t->eventually_is(\&readers, "$expected 1000" =~ s/^ //r,
        'and what comes after it');

    return;
}


# nothing damaged: the control

my $segment = left_behind(10);

is(scalar frames($segment), 10, 'ten opens are left behind');
stored('1 2 3 4 5 6 7 8 9 10', 'of a whole segment all is stored');
unlike($t->error_log(), qr/damaged/, 'and there is no complaint');
$t->stop();

# the last record is torn: the file ends in the middle of it

$segment = left_behind(10);
truncate $segment, (frames($segment))[-1]{position} + 20;
stored('1 2 3 4 5 6 7 8 9', 'of a torn segment all but the torn record');
$t->stop();

# the last record is torn: its second half never reached the disk

$segment = left_behind(10);
change_segment($segment, sub {
    my $last = (frames($segment))[-1];
    substr($_[0], $last->{position} + 20, 20) = "\0" x 20;
});
stored('1 2 3 4 5 6 7 8 9', 'of a half-written record nothing, of others all');
like($t->error_log(), qr/\[error\].*has \d+ damaged bytes/,
    'and the log tells of the damage');
$t->stop();

# one bit, at every place of a record

for my $place ([ 0, 'length' ], [ 5, 'checksum' ], [ 16, 'time' ],
    [ 24, 'issue' ], [ 32, 'reader' ])
{
    $segment = left_behind(5);
    change_segment($segment, sub {
        my $third = (frames($segment))[2];
        substr($_[0], $third->{position} + $place->[0], 1) ^= "\x10";
    });
    stored('1 2 4 5', "a bit flipped in the $place->[1] of a record costs it");
    $t->stop();
}

# a page that never reached the disk

$segment = left_behind(400);
change_segment($segment, sub { substr($_[0], 8192, 4096) = "\0" x 4096 });

# 40 bytes a record: 102 before the page end before it, 104 are in it
my @whole = map { $_->{position} / 40 - 4096 / 40 + 1 } grep {
    $_->{position} + $_->{length} <= 8192 || $_->{position} >= 12288
} map { { position => 4096 + 40 * $_, length => 40 } } 0 .. 399;

stored(join(' ', map { sprintf '%d', $_ + 0.5 } @whole),
    'a lost page costs the records in it');
$t->stop();

# the header

$segment = left_behind(5);
change_segment($segment, sub { substr($_[0], 0, 64) = "\xff" x 64 });
stored('1 2 3 4 5', 'a lost header costs nothing');
$t->stop();

# files that are no journal of ours

my $before = length $t->error_log();

write_segment(dir => $t->journal(), version => 2,
    uuid => '00000000-0000-4000-8000-000000000001');
write_segment(dir => $t->journal(),
    uuid => '00000000-0000-4000-8000-000000000002',
    header => '00000000-0000-4000-8000-000000000003');
$t->write_file('journal/notes.txt', 'not a segment');

$t->run();
$t->eventually(sub { $t->settled() }, 'with foreign files nginx goes on');

my $said = substr $t->error_log(), $before;

like($said, qr/\[error\].*0001\.journal" has format .* version 2;/,
    'a segment of a later version is told of');
like($said, qr/\[error\].*0002\.journal" is a copy of another/,
    'as is a copy');
is(scalar(grep { -e $t->journal() . "/$_" } 'notes.txt',
    map { "00000000-0000-4000-8000-00000000000$_.journal" } 1, 2), 3,
    'and neither is deleted');
