package Bench::Rounds;

# Contenders side by side: each in turn for some seconds, round after round,
# by the same load on the same cores. What a round has accepted must be stored
# at its end, or the round is an error. Time until all is stored counts: a
# request is only as good as its commit.

use strict;
use warnings;

use Time::HiRes qw/ sleep time /;

use Bench::Proc qw/ cpu cpu_tree memory peak busy /;
use Bench::Rig;
use Bench::Stats qw/ quantile /;
use Bench::Wrk ();
use Test::Mytwip::System qw/ run_command spawn wait_until wait_exit slurp /;

use constant {
    ROUNDS => 5, SECONDS => 6, CONNECTIONS => 64,
    LEAVING => 500,                     # a second
};

my $quick = $ENV{QUICK};

# row => what it is
our %ROWS = (
    gif => { about => 'empty_gif, nothing stored', prefix => '/e/' },
    log => { about => 'empty_gif with access_log buffer=64k',
        prefix => '/l/' },
    pixel => { about => 'mytwip_pixel, every open committed',
        prefix => '/o/', stored => 'opens', table => 'open' },
    app => { about => 'Fastify and pg, an INSERT each', prefix => '/o/' },
    (map { ("beacon$_" => { about => "activity beacons of $_ events",
        events => $_, stored => 'activities', table => 'activity' })
    } 1, 10, 100),
    unsubscribe => { about => 'unsubscribe POSTs, committed, 500 a second',
        stored => 'unsubscribed', rate => LEAVING },
);

our @NAMES = qw/ gif log pixel app beacon1 beacon10 beacon100 unsubscribe /;


# By name: run (Bench::Run). Returns row => name of figure => values by round.
sub measure {
    my ($run, @rows) = @_;

    my $self = bless { run => $run, results => {} }, __PACKAGE__;
    my $rounds = $ENV{ROUNDS} || ($quick ? 1 : ROUNDS);

    $self->{seconds} = $ENV{SECONDS} || ($quick ? 2 : SECONDS);

    $self->{rig} = Bench::Rig->new(cluster => $run->{cluster});
    $self->{rig}->start();
    $self->prepare($_, $rounds) for @rows;

    for my $round (1 .. $rounds) {
        for my $row (@rows) {
            my $figures = $self->one_round($row);

            push @{$self->{results}{$row}{$_}}, $figures->{$_}
                for keys %$figures;
            $run->say("round $round, $row: %.0f requests a second,"
                . ' p99 %.2f ms', @{$figures}{qw/ rps p99 /});
        }

        # not the same one first each time
        push @rows, shift @rows;
    }

    $self->end_app();
    $self->{rig}->finish();

    return $self->{results};
}


sub prepare {
    my ($self, $name, $rounds) = @_;

    my $row = $ROWS{$name};

    if ($row->{events}) {
        $self->{files}{$name} = $self->{rig}->beacon_requests($row->{events});

    } elsif (!$row->{rate}) {
        $self->{files}{$name} = $self->{run}->requests($row->{prefix});
    }

    $self->start_app() if $name eq 'app';

    # what is done once, such as compiling a statement, is not measured
    $self->send_load($name, seconds => 1) unless $row->{rate};
    $self->{rig}->settle();

    return;
}


sub send_load {
    my ($self, $name, %opt) = @_;

    return Bench::Wrk::load(
        file => $self->{files}{$name}, connections => CONNECTIONS,
        port => $name eq 'app' ? $self->{app_port} : $self->{rig}->port(0),
        %opt);
}


sub one_round {
    my ($self, $name) = @_;

    my $rig = $self->{rig};
    my $row = $ROWS{$name};
    my $stored = $row->{stored};
    my %opt = (seconds => $self->{seconds});

    if ($row->{rate}) {
        # each reader leaves once
        my $n = $row->{rate} * ($opt{seconds} + 1);
        $self->{files}{$name} = $rig->unsubscribe_requests(
            $self->{left} || 0, $n);
        $self->{left} += $n;
        @opt{qw/ rate connections /} = ($row->{rate}, 32);
    }

    my $before = $self->look($name);
    my $said = $self->send_load($name, %opt);
    my $drain = $rig->settle();

    # a test's, to see whether it would be noticed
    $self->{run}{settled}->($rig) if $self->{run}{settled};

    my $after = $self->look($name);

    my $wall = $said->{seconds} + ($stored ? $drain : 0);
    my $requests = $said->{requests};
    my %d = map { $_ => $after->{$_} - $before->{$_} }
        grep { defined $after->{$_} } keys %$after;

    $self->compare($name, $requests, \%d);

    my $events = $stored ? $d{stored} : $requests;
    my $others = $d{busy} - $d{nginx} - $d{postgres} - $d{app} - $d{children};

    my %figures = (
        rps => $requests / $wall, drain => $drain,
        events => $events / $wall,
        (map { $_ => $said->{$_} / 1000 } qw/ p50 p99 p999 max /),
        cpu_nginx => $d{nginx} / $requests * 1e6,
        cpu_postgres => $d{postgres} / $requests * 1e6,
        cpu_app => $d{app} / $requests * 1e6,
        cpu_event => $d{postgres} / $events * 1e6,
        others => $others / $d{time},
        peak_nginx => peak($rig->worker()),
    );

    if ($row->{table}) {
        $figures{"${_}_bytes"} = $d{$_} / $events for qw/ wal table index /;
        @figures{qw/ lag50 lag99 /} = $self->lag($row, $before->{at});
    }

    unlink "$rig->{dir}/combined.log" && kill 'USR1', $rig->pid();

    return \%figures;
}


# The state of all that a round changes.
sub look {
    my ($self, $name) = @_;

    my $rig = $self->{rig};
    my $row = $ROWS{$name};
    my $pg = $rig->pg();

    my %now = (
        nginx => cpu($rig->worker()),
        postgres => cpu_tree($self->{run}{cluster}{pid}),
        app => $self->{app} ? cpu($self->{app}) : 0,
        # wrk, and what asks for all this
        children => do { my @t = times; $t[0] + $t[1] + $t[2] + $t[3] },
        busy => busy(), time => time(),
    );

    $now{accepted} = $rig->accepted();

    if (my $stored = $row->{stored}) {
        # what the count costs is not the row's
        $now{stored} = $rig->$stored();
        $now{at} = $pg->value('SELECT extract(epoch FROM clock_timestamp())');
        $now{rejected} = $pg->value('SELECT count(*) FROM mytwip.rejected');
    }

    if ($name eq 'app') {
        $now{rows} = $pg->value('SELECT count(*) FROM public.app_open');
    }

    if ($row->{table}) {
        %now = (%now, %{$rig->stored_bytes($row->{table})});
    }

    return \%now;
}


# Every answer that wrk has seen is of a stored event. When it ends, wrk leaves
# up to one request a connection whose answer it does not read.
sub compare {
    my ($self, $name, $requests, $d) = @_;

    my $row = $ROWS{$name};
    my $each = $row->{events} || 1;

    if ($row->{stored}) {
        die "$name: $d->{accepted} events were accepted, $d->{stored} are"
            . " stored, $d->{rejected} rejected\n"
            if $d->{stored} != $d->{accepted} || $d->{rejected};
    }

    my $got = $row->{stored} ? $d->{stored} : $d->{rows};

    die "$name: $requests requests were answered, $got events are stored\n"
        if defined $got && ($got < $requests * $each
            || $got > ($requests + CONNECTIONS) * $each);

    return;
}


# Seconds from the request, by nginx's clock, to the commit, by PostgreSQL's:
# of a sample of the rows of this round.
sub lag {
    my ($self, $row, $from) = @_;

    # of the few of a short round there may be no page in a sample
    my $percent = $quick ? 100 : 2;
    my @lags = map { $_->[0] } $self->{rig}->pg()->rows(<<"EOT");
SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - at)
  FROM mytwip.$row->{table} TABLESAMPLE SYSTEM ($percent)
 WHERE at >= to_timestamp($from)
   AND pg_xact_commit_timestamp(xmin) IS NOT NULL
EOT

    return map { my $lag = quantile($_, @lags);
        defined $lag ? $lag * 1000 : undef } 0.5, 0.99;
}


# The application

sub start_app {
    my ($self) = @_;

    my $rig = $self->{rig};
    my $dir = $rig->root() . '/t/bench/app';

    my ($rc, $text) = run_command("$dir/install");
    die "t/bench/app/install failed:\n$text" if $rc;

    my ($key) = slurp($rig->keys_file()) =~ /^\d+:([0-9a-f]{64})$/m;

    # the driver wants it as an URL
    my $port = $self->{run}{cluster}->port();
    my $name = $rig->pg()->name();

    $self->{app_port} = $rig->port(2);
    $self->{app} = spawn([ 'node', "$dir/server.js" ],
        output => "$rig->{dir}/app.log", env => {
            PORT => $self->{app_port}, KEY => $key, NODE_ENV => 'production',
            DATABASE => "postgres://mytwip_nginx\@127.0.0.1:$port/$name",
        });

    wait_until(sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1',
        PeerPort => $self->{app_port}) }, 20)
        or die "the application did not start:\n"
            . slurp("$rig->{dir}/app.log");

    return;
}


sub end_app {
    my ($self) = @_;

    my $pid = delete $self->{app} or return;

    kill 'TERM', $pid;
    wait_exit($pid, 10);

    return;
}


1;
