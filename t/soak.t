#!/usr/bin/perl

# Reloads under load: RELOADS= of them while traffic goes on, and nothing
# grows: not the memory of the master or of a new worker, not their
# descriptors, not the connections to the database, not the journal; and every
# answered pixel is stored exactly once. A reload takes a fifth of a second, or
# half a one on a busy machine: "make test" does as many as show the loss of one
# descriptor or of thirty kilobytes in each, and "make soak" goes on for 200,
# which show the loss of three.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ slurp wait_until /;

use constant RELOADS => $ENV{RELOADS} || 50;

# until here, pools and libraries find their size
use constant WARM => 20;

my $t = Test::Mytwip->new()->plan(8);

# longer than any other test
alarm 0;

$t->write_file_expand('nginx.conf', <<'EOT' =~ s/%%ROOT%%/$t->root()/ger);
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_agents   %%ROOT%%/conf.example/agents.rules;
    mytwip_journal  %%TESTDIR%%/journal segment=256k retain=2s;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location /u/ {
            mytwip_unsubscribe;
            mytwip_pages  %%ROOT%%/conf.example/pages;
            ssi  on;
        }

        location = /a {
            mytwip_activity;
            mytwip_activity_rules  %%ROOT%%/conf.example/activity.rules;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$t->run();

my $pg = $t->pg();
my $name = $pg->name();


# Kilobytes that are of this process alone or shared by its children.
sub memory {
    my ($pid) = @_;

    return slurp("/proc/$pid/status") =~ /^RssAnon:\s+(\d+)/m ? $1 : 0;
}


# But for those of the journal: how many segments are there hangs on how fast
# one reload follows another, and is counted apart.
sub descriptors {
    my ($pid) = @_;

    return scalar grep { !/\.journal\z/ }
        map { readlink // '' } glob "/proc/$pid/fd/*";
}


sub sum { my $sum = 0; $sum += $_ for @_; return $sum }


# master's memory and descriptors, workers' memory and descriptors, sessions,
# files of the journal
sub measure {
    my @workers = $t->workers();
    my @files = glob $t->journal() . '/*.journal';

    return (memory($t->pid()), descriptors($t->pid()),
        sum(map { memory($_) } @workers), sum(map { descriptors($_) } @workers),
        $pg->value('SELECT count(*) FROM pg_stat_activity'
            . " WHERE datname = '$name' AND usename = 'mytwip_nginx'"),
        scalar @files);
}


die "RELOADS is more than ${\WARM}\n" unless RELOADS > WARM;

# there are 10,000 numbered pixels, and 200 reloads take two minutes
my $traffic = $t->traffic(connections => 4, rate => 50);
my @early;

for my $reload (1 .. RELOADS) {
    my @old = $t->reload();

    $t->wait_gone(@old) or diag("reload $reload: a worker stays");

    http_get('/u/' . $t->token(1, 1, kind => 2));

    @early = measure() if $reload == WARM;

    note("reload $reload: " . join ' ', measure()) if $reload % 20 == 0;
}

my $report = $traffic->stop();

$t->eventually(sub { $t->settled() }, 'all that came is stored');
$t->exactly_once($report, 'every answered pixel exactly once');

my @late = measure();

note("after " . WARM . " reloads: @early; after " . RELOADS . ": @late (KiB"
    . ' and descriptors of the master, of the workers, sessions, segments)');

SKIP: {
    skip 'memory is kept by what watches it', 2 if $ENV{MYTWIP_INFLATED};

    cmp_ok($late[0], '<', $early[0] + 512, 'the master does not grow');
    cmp_ok($late[2], '<', $early[2] * 1.2 + 2048, 'new workers are no larger');
}

is($late[1], $early[1], 'descriptors of the master are no more');
cmp_ok($late[4], '<=', 4, 'sessions end with their workers');

ok(wait_until(sub {
    my @files = glob $t->journal() . '/*.journal';
    @files <= $early[5] + 4 }, 30), 'segments of the past are deleted');

# early, those of the traffic were among them
ok(wait_until(sub { (measure())[3] <= $early[3] }, 10),
    'workers have no more descriptors, and none of what is deleted')
    or diag('early ' . $early[3] . ', late ' . (measure())[3]);
