#!/usr/bin/perl

# The journal as a directory: who may read it, how it grows, what happens when
# it is full, and that what is stored does not stay.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Journal;

my $t = Test::Mytwip->new()->plan(29);
my $pg = $t->pg();


sub run_with {
    my ($parameters) = @_;

    $t->write_file_expand('nginx.conf', <<"EOT");
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal $parameters;
    mytwip_batch    delay=50ms;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        keepalive_requests  100000;

        location /o/ {
            mytwip_pixel;
            add_header X-Result \$mytwip_result;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

    return $t->run();
}


sub result {
    my ($uri) = @_;

    return http_get($uri) =~ /^X-Result: (\w+)\r$/m ? $1 : '';
}


sub count {
    return $pg->value('SELECT count(*) FROM mytwip.open');
}


sub logged {
    my ($line) = @_;

    return scalar(() = $t->error_log() =~ /$line/g);
}


sub mode {
    return sprintf '%04o', (stat shift)[2] & 07777;
}


# who may read it

run_with('segment=64k retain=1s');

is(mode($t->journal()), '0700', 'the directory is for its owner alone');
is(scalar getpwuid((stat $t->journal())[4]), $t->user(),
    'who is the user of the workers');

http_get($t->pixel(1, 1));
$t->eventually_is(\&count, 1, 'an open goes through it');

my @modes = map { mode($_) } segments($t->journal());

cmp_ok(@modes, '>=', 1, 'there are segments');
is(scalar(grep { $_ ne '0600' } @modes), 0, 'as private as the directory');
like((segments($t->journal()))[0],
    qr{/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.journal$},
    'named by a uuid');

# segments fill up, one takes over from another

my $report = $t->traffic(requests => 4000, rate => 20000, depth => 4)->wait();

is(scalar @{$report->{answered}}, 4000, 'many pixels are answered');

# a few may be shed: segments as small as these can fill faster than the disk
# makes the next one
my $kept = $t->status()->{total}{accepted};

cmp_ok($kept, '>', 3000, 'and kept');
$t->eventually_is(\&count, $kept, 'and stored');
cmp_ok($pg->value('SELECT count(*) FROM mytwip.journal'), '>=', 3,
    'by more than two segments');

# what is stored does not stay

$t->eventually(sub { !grep { frames($_) } segments($t->journal()) },
    'after retain=, no event is left in the journal');
cmp_ok(scalar(segments($t->journal())), '<=', 2,
    'and no segment but those in use');

# nor before the database has it

$pg->close_to_nginx();
is(result($t->pixel(2, 1)), 'accepted', 'without a database an open is kept');

# longer than retain=
select undef, undef, undef, 2.5;

is(scalar(grep { frames($_) } segments($t->journal())), 1,
    'longer than retain=');

$pg->open_to_nginx();
$t->eventually_is(\&count, $kept + 1, 'until the database has it');
$t->eventually(sub { !grep { frames($_) } segments($t->journal()) },
    'and then not much longer');

$t->stop();

# no segment is deleted before its time

run_with('segment=64k retain=1m');
$t->traffic(requests => 2000, rate => 20000, depth => 4)->wait();

$t->eventually(sub { $t->settled() }, 'more is stored');

my ($oldest) = segments($t->journal());

select undef, undef, undef, 2.5;
ok(-e $oldest, 'a segment is kept for retain= after all of it is stored');

$t->stop();
unlink segments($t->journal());

# full

$pg->query('TRUNCATE mytwip.open');
$pg->close_to_nginx();
run_with('segment=64k max=128k retain=1s');

$report = $t->traffic(requests => 4000, rate => 20000, depth => 4)->wait();

is(join(' ', %{$report->{statuses}}), '200 4000',
    'when the journal is full, pixels are answered');

my $total = $t->status()->{total};

cmp_ok($total->{shed}, '>', 0, 'what has no room is counted as shed');
is($total->{accepted} + $total->{shed}, 4000, 'and nothing else is');
cmp_ok(segment_bytes($t->journal()), '<=', 128 * 1024,
    'the journal is not larger than max=');
is(result($t->pixel(5, 1)), 'shed', 'the result tells it');
is(logged(qr/\[error\].*events are shed/),
    1 + logged(qr/\[warn\].*journal takes events again/),
    'the log tells it once each time');

$pg->open_to_nginx();

$t->eventually_is(\&count, $total->{accepted},
    'what was accepted before is stored');
$t->eventually(sub { result($t->pixel(6, 1)) eq 'accepted' },
    'when there is room again, pixels are accepted');
$t->eventually(sub { $pg->value('SELECT count(*) FROM mytwip.open'
    . ' WHERE issue_id = 6') }, 'and stored');
like($t->error_log(), qr/\[warn\].*takes events again, \d+ were shed/,
    'and the log tells that, too');

$t->eventually(sub { $t->settled() }, 'nothing is left to be stored');
