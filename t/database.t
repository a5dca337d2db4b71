#!/usr/bin/perl

# Whatever becomes of PostgreSQL, pixels are answered at once, and what they
# brought is stored when it is back, nothing twice.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->own_cluster()->plan(29);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;

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

my $pg = $t->pg();
my $next = 0;


# Sends numbered pixels one after the other; returns the seconds each took.
sub pixels {
    my ($n) = @_;

    return map {
        my ($took, $answer) = timed(
            sub { http_get($t->numbered_pixel($next++)) });

        $answer && $answer =~ /^HTTP\S+ 200 / ? $took : 999;
    } 1 .. $n;
}


# A test that each of these was answered in less than 50 ms; one of them may
# have waited for a busy machine.
sub quick {
    my ($name, @took) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    @took = sort { $a <=> $b } @took;

    return ok($took[-2] < 0.050 && $took[-1] < 0.500, $name)
        || diag("the slowest took @took[-3 .. -1] s");
}


# A test that all pixels so far are stored, and none twice.
sub all_stored {
    my ($name) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $count = 'SELECT count(DISTINCT (issue_id, reader_id)) || \' \''
        . ' || sum(fetches) FROM mytwip.open';

    return $t->eventually_is(sub { $pg->value($count) }, "$next $next", $name);
}


sub states {
    return join ' ', sort map { $_->{database}{state} }
        @{$t->status()->{workers}};
}


# not there when nginx starts

$pg->stop();
$t->run();

quick('with PostgreSQL stopped, pixels are answered in less than 50 ms',
    pixels(30));

$t->eventually(sub { $t->status()->{total}{pending}{events} == 30 },
    'the status tells how many wait');
$t->eventually(sub { $t->status()->{total}{pending}{oldest_age} > 0.2 },
    'and for how long');
like(states(), qr/^(?:waiting|connecting) (?:waiting|connecting)$/,
    'and that there is no database');
like($t->status()->{workers}[0]{database}{last_error},
    qr/connection.*(?:refused|failed)/i, 'and why');

$pg->start();
all_stored('when it starts, they are stored');
$t->eventually(sub { states() =~ /^(?:ready|busy) (?:ready|busy)$/ },
    'and the status tells that it is there');

# stopped and started under nginx's feet

pixels(10);
all_stored('while it runs, they are stored');
$pg->stop();
$t->eventually(sub { $t->error_log()
    =~ /database: 57P01: terminating connection due to administrator command/
}, 'the log tells why an idle connection has ended');
quick('stopped again, pixels are answered as fast',
    pixels(30));
$pg->start();
all_stored('and stored when it is back');

# not even a clean stop

my $traffic = $t->traffic(uri => sub { $t->numbered_pixel(1000 + $_[0]) },
    rate => 800);

$t->eventually(sub { $pg->value('SELECT count(*) FROM mytwip.open'
    . ' WHERE issue_id > 1') >= 200 }, 'while traffic is being stored');

for (1 .. 2) {
    $pg->restart('immediate');
    select undef, undef, undef, 0.3;
}

my $report = $traffic->stop();

cmp_ok($report->{slowest}, '<', 0.25,
    'PostgreSQL crashes twice, and pixels are answered');
$t->eventually(sub { $t->settled() }, 'what came meanwhile is stored');

$pg->query('DELETE FROM mytwip.open WHERE issue_id = 1');

is(scalar(grep { !defined $t->stored_numbers()->{1000 + $_} }
    @{$report->{answered}}), 0, 'nothing of it is lost');
is(scalar(grep { $_ > 1 } values %{$t->stored_numbers()}), 0,
    'and nothing is stored twice');

# there, and silent

$pg->query('TRUNCATE mytwip.open');
$next = 0;

$pg->pause();
quick('with PostgreSQL hanging, pixels are answered in less than 50 ms',
    pixels(60));

# new workers have to connect to it, and wait for its answer

$t->reload();
quick('nor do new workers wait for it', pixels(60));

$pg->resume();
all_stored('and what came is stored when it wakes up');

# its sessions ended by an administrator

$pg->query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
    . " WHERE usename = 'mytwip_nginx'");
pixels(10);
all_stored('sessions ended by an administrator are replaced');

# a right that is missing

my $right = 'EXECUTE ON FUNCTION '
    . $pg->value("SELECT 'mytwip.ingest'::regproc::regprocedure");

$pg->query("REVOKE $right FROM mytwip_nginx");
pixels(10);

$t->eventually(sub { grep { ($_->{database}{last_error} || '')
    =~ /42501.*permission denied/ } @{$t->status()->{workers}} },
    'the status tells that a right is missing');
like($t->error_log(), qr/\[error\].*permission denied/, 'and the log');

$pg->query("GRANT $right TO mytwip_nginx");
all_stored('once it is given, what came meanwhile is stored');

$t->eventually(sub { $t->error_log() =~ /\[warn\].*takes events again/ },
    'and the log tells that, too');

# one line tells a fault, not one a try

cmp_ok(scalar(() = $t->error_log() =~ /permission denied/g), '<=', 4,
    'the log is not flooded');

$t->stop();

# a password that is wrong, then right

$pg->query("CREATE ROLE guarded LOGIN PASSWORD 'right'"
    . ' IN ROLE mytwip_nginx, needs_password');

my $passfile = $t->write_keys('passfile', "*:*:*:guarded:wrong\n");
my $conf = $t->read_file('nginx.conf');

chown((getpwnam $t->user())[2, 3], $passfile);

$t->write_file('nginx.conf', $conf =~ s/(mytwip_database ").*"/$1
    . $pg->conninfo(user => 'guarded', passfile => $passfile) . '"'/er);
$t->run();

quick('with a wrong password, pixels are answered',
    pixels(10));
$t->eventually(sub { grep { ($_->{database}{last_error} || '')
    =~ /password authentication failed/ } @{$t->status()->{workers}} },
    'the status tells that the password is wrong');

$t->write_keys('passfile', "*:*:*:guarded:right\n");
all_stored('corrected, what came meanwhile is stored');

$t->stop();

# several hosts, the first of which is not there

my $nobody = $t->port(1);

$t->write_file('nginx.conf', $conf =~ s/(mytwip_database ").*"/$1
    . $pg->conninfo(host => '127.0.0.1,localhost',
                    port => "$nobody," . $pg->cluster()->port()) . '"'/er);
$t->run();
pixels(10);
all_stored('of several hosts, one that is there is used');
