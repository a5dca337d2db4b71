#!/usr/bin/perl

# What the status tells an operator, as JSON and for Prometheus, and what it
# tells nobody.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Journal;

my $t = Test::Mytwip->new()->plan(46);
my $pg = $t->pg();

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal segment=1m;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location = /status {
            mytwip_status;
        }

        location = /json {
            mytwip_status json;
        }

        location = /metrics {
            mytwip_status prometheus;
        }
    }
}
EOT

$t->run();


# The value of a metric; of several with this name, their sum.
sub metric {
    my ($name) = @_;

    my $text = http_get('/metrics');
    my $sum;

    $sum += $1 while $text =~ /^\Q$name\E(?:\{[^}]*\})? (\S+)\n/mg;

    return $sum;
}


# the form of it

my $answer = http_get('/status');

like($answer, qr{^HTTP\S+ 200 }, 'the status is answered');
like($answer, qr{^Content-Type: application/json\r$}m, 'as JSON');
like($answer, qr{^Cache-Control: no-store\b.*\r$}m, 'that nobody may keep');
like(http_head('/status'), qr{^HTTP\S+ 200 .*\r\n\r\n\z}s, 'HEAD has no body');
like(http_post('/status', 'a=b'), qr{^HTTP\S+ 405 }, 'POST is not allowed');
is_deeply([ sort keys %{$t->status('/json')} ],
    [ sort keys %{$t->status()} ], 'JSON is what it is unless told');

my $status = $t->status();

like($status->{version}, qr/^\d+\.\d+/, 'it names the version');
is(join(' ', sort map { $_->{pid} } @{$status->{workers}}),
    join(' ', sort $t->workers()), 'and has each worker with its pid');

for my $one ($status->{workers}[0], $status->{total}) {
    my $who = $one == $status->{total} ? 'the total' : 'a worker';

    is(join(' ', grep { !defined $one->{$_} }
        qw/ accepted ingested shed /), '', "$who has counters");
    is(join(' ', sort keys %{$one->{rejected}}),
        'forged malformed unknown_key wrong_kind', "$who has the reasons");
    ok(defined $one->{pending}{events} && defined $one->{pending}{bytes}
        && defined $one->{pending}{oldest_age}, "$who has what is pending");
    ok(defined $one->{journal}{bytes}, "$who has the size of the journal");
}

$t->eventually(sub { !grep { $_->{database}{state} !~ /^(?:ready|busy)$/ }
    @{$t->status()->{workers}} }, 'the workers find the database');

# the counters

http_get($t->pixel(1, $_)) for 1 .. 30;
http_get('/o/x') for 1 .. 3;
http_get($t->pixel(1, 1, kind => 2)) for 1 .. 4;
http_get($t->pixel(1, 1, key => 99)) for 1 .. 5;
http_get($t->pixel(1, 1, secret => 'x' x 32)) for 1 .. 6;

$t->eventually(sub { $t->settled() }, 'what is accepted is stored');

$status = $t->status();

is($status->{total}{accepted}, 30, 'accepted counts events');
is($status->{total}{ingested}, 30, 'ingested counts what is stored');
is($status->{total}{shed}, 0, 'nothing is shed');
is_deeply($status->{total}{rejected}, { malformed => 3, wrong_kind => 4,
    unknown_key => 5, forged => 6 }, 'bad tokens are counted by reason');
is($status->{total}{pending}{bytes}, 0, 'nothing is pending');
is($status->{total}{pending}{oldest_age}, 0, 'for no time');

for my $name (qw/ accepted ingested shed /) {
    my $sum = 0;
    $sum += $_->{$name} for @{$status->{workers}};
    is($sum, $status->{total}{$name},
        "the workers' $name add up to the total");
}

cmp_ok($status->{total}{journal}{bytes}, '<=', segment_bytes($t->journal()),
    'the journal is not larger than its files');
cmp_ok($status->{total}{journal}{bytes}, '>', 0, 'and not empty');

# the same for Prometheus

$answer = http_get('/metrics');

like($answer, qr{^Content-Type: text/plain\b}m, 'metrics are text');
is(scalar(grep { !/^(?:\#\ (?:HELP|TYPE)\ mytwip_\w+\ .+
    |mytwip_\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?\ -?[\d.e+]+)$/x }
    split /\n/, http_body($answer)), 0, 'in the form that Prometheus reads');

my %metric = map { $_ => metric($_) } qw/ mytwip_accepted_total
    mytwip_ingested_total mytwip_shed_total mytwip_rejected_total
    mytwip_rules_limited_total
    mytwip_pending_events mytwip_pending_bytes mytwip_oldest_pending_seconds /;

is_deeply(\%metric, { mytwip_accepted_total => 30, mytwip_ingested_total => 30,
    mytwip_shed_total => 0, mytwip_rejected_total => 18,
    mytwip_rules_limited_total => 0,
    mytwip_pending_events => 0, mytwip_pending_bytes => 0,
    mytwip_oldest_pending_seconds => 0 }, 'the metrics are the counters');
like($answer, qr/^mytwip_rejected_total\{reason="forged"\} 6$/m,
    'with the reason as a label');
is(metric('mytwip_database_up'), 2, 'both workers have the database');

# pending

$pg->close_to_nginx();
http_get($t->pixel(2, $_)) for 1 .. 10;

$t->eventually_is(sub { $t->status()->{total}{pending}{events} }, 10,
    'without a database, events are pending');
$t->eventually(sub { $t->status()->{total}{pending}{bytes} >= 10 * 32 },
    'and their bytes');
$t->eventually(sub { my $age = $t->status()->{total}{pending}{oldest_age};
    $age > 1 && $age < 10 }, 'and get older');
$t->eventually_is(sub { metric('mytwip_database_up') }, 0,
    'no worker has the database');

# a last error of which a fault of the operator is no part

my ($worker) = grep { $_->{database}{last_error} } @{$t->status()->{workers}};

like($worker->{database}{last_error}, qr/too many connections/,
    'the last error is what PostgreSQL says');
cmp_ok($worker->{database}{last_error_age}, '<', 10, 'and how long ago');
cmp_ok($worker->{database}{errors}, '>=', 1, 'errors are counted');

# what it never tells

unlike(http_get('/status') . http_get('/metrics'),
    qr/${\$t->token(1, 1)}|example\.org|reader/, 'no token and no row');

# over a reload and a crash

$pg->open_to_nginx();
$t->eventually(sub { $t->settled() }, 'with the database back, all is stored');

$t->wait_gone($t->reload());
$t->kill_worker();

is($t->status()->{total}{accepted}, 40,
    'the counters survive a reload and a crash');
is($t->status()->{total}{rejected}{forged}, 6, 'all of them');
is(scalar @{$t->status()->{workers}}, 2, 'and only living workers are shown');
