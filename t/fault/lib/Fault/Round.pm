package Fault::Round;

# One round: servers and clients are started, faults provoked as scheduled,
# and when nothing is pending any more what the clients know is compared with
# what is stored.

use strict;
use warnings;

use List::Util qw/ max /;
use Time::HiRes qw/ sleep time /;

use Fault::Client;
use Fault::Kind;
use Fault::Ledger;
use Fault::Log;
use Fault::Probe;
use Fault::Random;
use Fault::Rig;
use Fault::Schedule qw/ single mixture steps_text /;
use Test::Mytwip::System qw/ wait_until spew /;

use constant CLIENTS => qw/ pixels leavers beacons /;

use constant {
    RATE    => 1000,                    # pixels a second
    LEAVERS => 20,                      # unsubscriptions a second
    BEACONS => 40,                      # beacons a second
    WARM    => 100,                     # opens stored before anything is done
    PATIENT => 20,
    GROWTH  => 1024 * 1024,             # bytes a worker may grow by
    SHOWN   => 10,                      # examples of what is wrong
};


# By name: name (of a fault, or mixed), round, seed, cluster, control.
sub new {
    my ($class, %opt) = @_;

    my $random = Fault::Random->new("$opt{seed}/$opt{name}/$opt{round}");
    my $mixed = $opt{name} eq 'mixed';
    my $kind = $mixed ? undef : Fault::Kind::named($opt{name});
    my %conf = configuration($random);
    my @steps = $mixed ? mixture($random, $opt{round})
        : single($random, $kind, $opt{round});

    $conf{daemon} = grep { $_->{kind}{name} eq 'upgrade' } @steps;
    $conf{road} = 'proxy'
        if grep { ($_->{kind}{on} || '') eq 'network' } @steps;
    %conf = (%conf, $kind->{rig}->($steps[0]{args})) if $kind && $kind->{rig};

    # with little room, what comes of the faults is shed as well
    $conf{journal} = 'segment=64k max=320k retain=1s'
        if $mixed && $random->chance(30);

    return bless {
        %opt, kind => $kind, conf => \%conf, steps => \@steps, problems => [],
    }, $class;
}


# What a fault may meet: segments and batches of several sizes.
sub configuration {
    my ($random) = @_;

    return (
        journal => 'segment=' . $random->pick(qw/ 64k 64k 128k 512k /)
            . ' sync=' . $random->pick(qw/ 1s 1s off always /)
            . ' retain=' . $random->pick(qw/ 1s 5s /),
        batch => 'rows=' . $random->pick(qw/ 50 500 4096 /)
            . ' delay=' . $random->pick(qw/ 20ms 50ms 200ms /),
    );
}


# Everything that is needed to do it again.
sub text {
    my ($self) = @_;

    my $conf = $self->{conf};

    return "  SEED=$self->{seed} FAULTS=$self->{name} ROUND=$self->{round}\n"
        . "  mytwip_journal $conf->{journal}; mytwip_batch $conf->{batch};\n"
        . steps_text(@{$self->{steps}});
}


# Returns a hash: sent, accepted, shed, lost, twice, unknown (numbers),
# samples, control, away (of Fault::Probe and the rig), problems (sentences).
sub run {
    my ($self) = @_;

    my $done = eval { $self->carry_out(); 1 };

    # of a message with a whole log the beginning
    $self->problem('the round broke off: ' . substr($@, 0, 400)
        =~ s/\s+\z//r) unless $done;
    $self->finish();

    return $self->{result};
}


sub problem {
    my ($self, @sentences) = @_;

    push @{$self->{problems}}, @sentences;

    return;
}


sub carry_out {
    my ($self) = @_;

    my $kind = $self->{kind};
    my $own = $kind && $kind->{cluster};

    my $rig = $self->{rig} = Fault::Rig->new(%{$self->{conf}},
        cluster => $own ? $own->() : $self->{cluster}, own => $own ? 1 : 0);

    $rig->start();

    $self->{log} = Fault::Log->new($rig);
    $self->start_clients();
    $self->{probe} = Fault::Probe->start(subject => $rig->port(0),
        control => $self->{control}->port(), uri => '/static');

    wait_until(sub { $rig->pg()->value('SELECT count(*) FROM mytwip.open')
        >= WARM }, PATIENT) or die "no traffic is stored\n";

    $self->take_steps();
    sleep 0.5;
    $self->stop_clients();
    $self->judge();
    $self->judge_service((delete $self->{probe})->stop());
    $self->judge_log();

    return;
}


sub start_clients {
    my ($self) = @_;

    my $rig = $self->{rig};

    # the keys are read before there are processes that need them
    $rig->keys_file();

    $self->{pixels} = Fault::Client->start(
        request => sub { $rig->pixel_request($_[0]) },
        judge => \&Fault::Client::judge_pixel,
        connections => 8, depth => 2,
        rate => $self->{kind} && $self->{kind}{rate} || RATE);

    $self->{leavers} = Fault::Client->start(
        request => sub { $rig->unsubscribe_request($_[0]) },
        judge => \&Fault::Client::judge_unsubscribe, rate => LEAVERS);

    $self->{beacons} = Fault::Client->start(
        request => sub { $rig->beacon_request($_[0]) },
        judge => \&Fault::Client::judge_beacon, rate => BEACONS);

    return;
}


sub take_steps {
    my ($self) = @_;

    my $begin = time();
    my %begun;

    for my $step (@{$self->{steps}}) {
        my ($what, $args) = @{$step}{qw/ what args /};
        my $when = $begin + $step->{at};

        # a fault that took its time to begin lasts as long all the same
        $when = max($when, $begun{$args} + $args->{hold}) if $what eq 'end';
        sleep max(0, $when - time());

        $self->look_at_status($step) if $what eq 'end';
        $step->{kind}{$what}->($self->{rig}, $args);
        $begun{$args} = time();
    }

    return;
}


# What an operator sees who asks while the fault lasts.
sub look_at_status {
    my ($self, $step) = @_;

    my $expected = $step->{kind}{status} or return;
    return unless $self->{kind};

    my @errors;

    wait_until(sub {
        my $status = eval { $self->{rig}->status() } or return;
        @errors = map { $_->{database}{last_error} } @{$status->{workers}};
        return grep { /$expected/ } @errors;
    }, 3) or $self->problem('the status does not tell of the fault, but: '
        . join '; ', @errors);

    return;
}


sub stop_clients {
    my ($self) = @_;

    $self->{reports}{$_} = (delete $self->{$_})->stop() for CLIENTS;

    return;
}


# One report of several clients.
sub together {
    my (@reports) = @_;

    my %all;

    for my $report (grep { defined } @reports) {
        push @{$all{$_}}, @{$report->{$_} || []}
            for qw/ accepted unanswered refused wrong /;
    }

    return \%all;
}


sub judge {
    my ($self) = @_;

    my $rig = $self->{rig};
    my $kind = $self->{kind};
    my %reports = %{$self->{reports}};

    $reports{leavers} = together($reports{leavers}, @{$rig->{leavers}});

    my $ledger = Fault::Ledger->new(rig => $rig, %reports,
        $kind && $kind->{ledger} ? $kind->{ledger}->($rig) : ());

    my $settled = $ledger->settle();

    $self->problem('after ' . Fault::Ledger::PATIENCE
        . ' s there are still events pending') unless defined $settled;

    my $found = $ledger->compare();

    $self->{result} = { %$found, settled => $settled, tally(\%reports) };
    $self->problem('nothing was accepted') unless $self->{result}{accepted};

    for my $what (sort keys %$found) {
        my @some = @{$found->{$what}} or next;
        splice @some, SHOWN if @some > SHOWN;
        $self->problem(@{$found->{$what}} . " $what: @some");
    }

    $self->problem($ledger->faults());

    for my $name (CLIENTS) {
        my @wrong = @{$reports{$name}{wrong} || []} or next;
        $self->problem(@wrong . " wrong answers to $name; to number"
            . " $wrong[0][0]: $wrong[0][1]");
    }

    for my $step (grep { $_->{what} eq 'begin' } @{$self->{steps}}) {
        # in a mixture a fault may well have nothing to act on
        next unless $kind && $step->{kind}{check};
        $self->problem($step->{kind}{check}->($rig, $step->{args}));
    }

    return;
}


# Requests of all clients: how many were sent, and what became of them.
sub tally {
    my ($reports) = @_;

    my %n = map { $_ => 0 } qw/ sent accepted shed /;

    for my $report (values %$reports) {
        for (qw/ accepted shed refused unanswered wrong /) {
            my $count = @{$report->{$_} || []};

            $n{sent} += $count;
            $n{accepted} += $count if $_ eq 'accepted';
            $n{shed} += $count if /^(?:shed|refused)$/;
        }
    }

    return %n;
}


sub judge_service {
    my ($self, $seen) = @_;

    my $result = $self->{result};
    my @away = @{$self->{rig}{away}};

    # under way while nobody served
    my $served = sub {
        my ($from, $took) = @{$_[0]};
        return !grep { $from < $_->[1] && $from + $took > $_->[0] } @away;
    };

    $result->{samples} = [ map { $_->[1] } grep { $served->($_) }
        @{$seen->{subject}} ];
    $result->{control} = [ map { $_->[1] } @{$seen->{control}} ];
    $result->{away} = 0;

    for (@away) {
        my $took = $_->[1] - $_->[0];
        $result->{away} = $took if $took > $result->{away};
    }

    $self->problem("$seen->{wrong} static files were not served")
        if $seen->{wrong};

    for my $pid (sort keys %{$seen->{memory}}) {
        my ($first, $most) = @{$seen->{memory}{$pid}};
        $result->{growth} = $most - $first
            if $most - $first > ($result->{growth} || 0);
    }

    $self->problem("a worker has grown by $result->{growth} bytes")
        if ($result->{growth} || 0) > GROWTH && !$ENV{MYTWIP_INFLATED};

    return;
}


sub judge_log {
    my ($self) = @_;

    my $kind = $self->{kind};
    my $log = $self->{log};

    $self->problem(map { "in the log: $_" }
        $log->alarms($kind && $kind->{expect}));

    if ($kind) {
        $self->problem("the log does not tell of the fault: $kind->{told}")
            if $kind->{told} && $log->text() !~ $kind->{told};
        $self->problem("the log does not tell of its end: $kind->{over}")
            if $kind->{over}
                && !wait_until(sub { $log->text() =~ $kind->{over} }, PATIENT);
    }

    my $lines = $self->{result}{lines} = $log->lines();
    my $most = 0;

    $most += ($_->{kind}{lines} || 0) * ($_->{args}{times} || 1)
        * Fault::Rig::WORKERS
        for grep { $_->{what} eq 'begin' } @{$self->{steps}};

    $self->problem("the log has $lines lines, not at most $most:",
        map { "  $_" } $log->summary()) if $lines > $most;

    return;
}


# Ends what was started; keeps the directory of a round that failed.
sub finish {
    my ($self) = @_;

    delete @{$self}{CLIENTS, 'probe'};

    my $result = $self->{result} ||= {};
    my $rig = delete $self->{rig};

    $result->{problems} = $self->{problems};
    $result->{log} = [ $self->{log} ? eval { $self->{log}->summary() } : () ];
    delete $self->{log};

    return unless $rig;

    if (@{$self->{problems}}) {
        $rig->{keep} = 1;
        $result->{dir} = $rig->dir();
        spew($rig->dir() . '/report.txt', join '', $self->text(),
            map { "$_\n" } @{$self->{problems}});
        spew($rig->dir() . '/postgres.log', eval { $rig->{cluster}->log() });
    }

    $rig->finish();

    return;
}


1;
