package Bench::Backlog;

# Draining: a worker finds a journal full of opens, as after an outage of the
# database, and has them committed. Then the reports over what was stored.

use strict;
use warnings;

use Time::HiRes qw/ sleep time /;

use Bench::Proc qw/ cpu cpu_tree memory peak busy /;
use Bench::Rig;
use Bench::Stats qw/ quantile /;
use Test::Mytwip::System qw/ am_root chown_to run_command spawn wait_exit /;

use constant {
    EVENTS => 10_000_000,
    PARTS => 10,                        # of a drain, for its spread
    TIMES => 51,                        # of asking for a report
};

my $quick = $ENV{QUICK};


# A rig whose worker finds so many events; it is not started.
sub rig {
    my ($run, $events, $readers, $issues) = @_;

    my $rig = Bench::Rig->new(cluster => $run->{cluster},
        journal_options => 'max=8g');
    my $journal = $rig->journal();

    mkdir $journal, 0700 or die "cannot make $journal: $!\n";

    my ($rc, $text) = run_command(backlog(), $journal, $events, $readers,
        $issues);
    die "backlog failed:\n$text" if $rc;

    chown_to($rig->user(), $journal, glob "$journal/*") if am_root();

    return $rig;
}


sub backlog {
    my $dir = Test::Mytwip::root() . '/t/bench';

    my ($rc, $text) = run_command('make', '-s', '-C', $dir);
    die "make -C t/bench failed:\n$text" if $rc;

    return Test::Mytwip::root() . '/build/bench/backlog';
}


# Starts it and waits until all is stored; returns samples: seconds, events
# stored, processor time, memory of the worker.
sub drain {
    my ($run, $rig, $events) = @_;

    $rig->start();

    my $worker = $rig->worker();
    my @samples;

    while (1) {
        my $total = $rig->status()->{total};

        push @samples, {
            time => time(), stored => $total->{ingested}, busy => busy(),
            nginx => cpu($worker), postgres => cpu_tree($run->{cluster}{pid}),
            memory => memory($worker),
        };

        last if $total->{ingested} >= $events;
        die "the backlog is not drained: it stands at $total->{ingested}\n"
            if @samples > 50 && $total->{ingested} == $samples[-50]{stored};

        sleep 0.2;
    }

    my $stored = $rig->opens();
    die "$events events were in the journal, $stored are stored\n"
        if $stored != $events;

    return @samples;
}


# Events a second and cost an event between two samples.
sub rate {
    my ($from, $to) = @_;

    my $n = $to->{stored} - $from->{stored} or return;
    my %d = map { $_ => $to->{$_} - $from->{$_} } keys %$to;

    return {
        events => $n / $d{time}, stored => $to->{stored},
        map { ("cpu_$_" => $d{$_} / $n * 1e6) } qw/ nginx postgres /
    };
}


sub measure {
    my ($run) = @_;

    my $events = $ENV{EVENTS} || ($quick ? 100_000 : EVENTS);
    my $cluster = $run->{cluster};
    my $rig = rig($run, $events, $cluster->readers(), $cluster->issues());

    $run->say('draining %d events', $events);

    my $bytes = $rig->stored_bytes('open');
    my @samples = drain($run, $rig, $events);
    my $after = $rig->stored_bytes('open');
    my $whole = rate(@samples[0, -1]);

    # tenths, by what is stored
    my @parts;
    my $from = $samples[0];

    for my $part (1 .. PARTS) {
        my ($to) = grep { $_->{stored} >= $events * $part / PARTS } @samples;
        my $rate = rate($from, $to);
        push @parts, $rate if $rate;
        $from = $to;
    }

    $run->say('drained at %.0f events a second; PostgreSQL %.2f us each',
        $whole->{events}, $whole->{cpu_postgres});

    my %result = (
        events => [ map { $_->{events} } @parts ],
        cpu_nginx => [ map { $_->{cpu_nginx} } @parts ],
        cpu_event => [ map { $_->{cpu_postgres} } @parts ],
        whole => [ $whole->{events} ],
        count => [ $events ],
        (map { ("${_}_bytes" => [ ($after->{$_} - $bytes->{$_}) / $events ])
        } qw/ wal table index /),
        memory => [ map { $_->{memory} } grep { defined $_->{memory} }
            @samples[1, -1] ],
        peak_nginx => [ peak($rig->worker()) ],
        series => [ map { { x => $_->{stored}, rate => $_->{events},
            cost => $_->{cpu_postgres} } } @parts ],
        reports($run, $rig, $events),
    );

    $rig->finish();

    return \%result;
}


# Milliseconds that the reports take, as psql sees it: the median and the
# slowest of many times.
sub reports {
    my ($run, $rig, $events) = @_;

    my $pg = $rig->pg();
    my %result;
    my $first = Bench::Cluster::FIRST_ISSUE;

    my %sql = (
        issue => "SELECT * FROM mytwip.issue_report WHERE issue_id = $first",
        issues => 'SELECT * FROM mytwip.issue_report WHERE issue_id'
            . " BETWEEN $first AND $first + 999",
        activity => 'SELECT * FROM mytwip.activity_report',
    );

    activities($rig, $events / 10);
    # what cron does daily: it counts the named openers of each issue
    $run->{cluster}->patiently($pg->name(), 'SELECT mytwip.judge(1000)');
    $run->{cluster}->patiently($pg->name(), 'VACUUM ANALYZE');

    for my $name (sort keys %sql) {
        my @times;

        for (1 .. TIMES) {
            my $begin = time();
            $pg->query($sql{$name});
            push @times, (time() - $begin) * 1000;
        }

        # the first one reads what no cache has yet
        $result{"first_$name"} = [ shift @times ];
        $result{"report_$name"} = \@times;

        $run->say('%s report: %.2f ms, %.2f at most', $name,
            map { quantile($_, @times) } 0.5, 1);
    }

    return %result;
}


# What the report of activities is about.
sub activities {
    my ($rig, $n) = @_;

    my $file = $rig->beacon_requests(100);

    Bench::Wrk::load(port => $rig->port(0), file => $file, count => $n / 100,
        connections => 8);
    $rig->settle();

    return;
}


1;
