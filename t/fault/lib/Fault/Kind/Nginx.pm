package Fault::Kind::Nginx;

# Faults of nginx: its processes killed, replaced, sent home.

use strict;
use warnings;

use Time::HiRes qw/ sleep /;

use Fault::Kind qw/ fault /;
use Test::Mytwip::System qw/ alive children wait_until /;


fault 'kill-worker' => (
    about => 'one worker is killed with SIGKILL, several times',
    on    => 'nginx',
    told  => qr/exited on signal 9/,
    lines => 1,
    args  => sub {
        my ($random) = @_;

        return (times => $random->integer(1, 4),
            pause => $random->seconds(0, 0.6));
    },
    begin => sub {
        my ($rig, $args) = @_;

        for my $n (1 .. $args->{times}) {
            my @workers = $rig->workers();
            $rig->kill_worker($workers[$n % @workers]);
            sleep $args->{pause};
        }
    },
);


fault 'kill-workers' => (
    about => 'all workers are killed at once',
    on    => 'nginx',
    told  => qr/exited on signal 9/,
    lines => 1,
    args  => sub {
        my ($random) = @_;

        return (times => $random->integer(1, 3),
            pause => $random->seconds(0, 0.6));
    },
    begin => sub {
        my ($rig, $args) = @_;

        for (1 .. $args->{times}) {
            $rig->away_while(sub { $rig->kill_worker($rig->workers()) });
            sleep $args->{pause};
        }
    },
);


fault 'kill-newborn' => (
    about => 'workers are killed while they start',
    on    => 'nginx',
    told  => qr/exited on signal 9/,
    lines => 3,
    args  => sub {
        my ($random) = @_;

        return (times => $random->integer(4, 12),
            pause => $random->seconds(0.002, 0.04));
    },
    begin => sub {
        my ($rig, $args) = @_;

        $rig->away_while(sub {
            for (1 .. $args->{times}) {
                my @pids = children($rig->pid());
                $rig->{killed}{$_} = 1 for @pids;
                kill 'KILL', @pids;
                sleep $args->{pause};
            }

            $rig->full_house();
        });
    },
);


fault 'kill-master' => (
    about => 'the master is killed; later its workers are, or are told to'
        . ' quit, and nginx is started',
    on    => 'nginx',
    told  => qr/start worker processes/,
    lines => 2,
    args  => sub {
        my ($random) = @_;

        return (hold => $random->seconds(0, 1.2),
            signal => $random->pick(qw/ KILL KILL QUIT TERM /));
    },
    begin => sub {
        my ($rig, $args) = @_;

        $args->{orphans} = [ $rig->kill_master() ];
    },
    end => sub {
        my ($rig, $args) = @_;

        my $pids = delete $args->{orphans};

        $rig->away_while(sub {
            kill $args->{signal}, @$pids;
            wait_until(sub { !grep { alive($_) } @$pids }, 15)
                or die "workers without a master do not end\n";
            @{$rig->{orphans}} = ();
            $rig->run();
        });
    },
);


fault 'reload' => (
    about => 'nginx reads its configuration anew, under load',
    on    => 'nginx',
    told  => qr/gracefully shutting down/,
    lines => 1,
    args  => sub {
        my ($random) = @_;

        return (times => $random->integer(1, 4),
            pause => $random->seconds(0, 0.5));
    },
    begin => sub {
        my ($rig, $args) = @_;

        my @old;

        for (1 .. $args->{times}) {
            push @old, $rig->reload();
            sleep $args->{pause};
        }

        $args->{old} = \@old;
    },
    check => sub {
        my ($rig, $args) = @_;

        return $rig->wait_gone(@{delete $args->{old} || []}) ? ()
            : 'workers of before the reload do not end';
    },
);


fault 'upgrade' => (
    about => 'another binary takes over (USR2, WINCH, QUIT), or is sent back',
    on    => 'nginx',
    told  => qr/start new binary process/,
    lines => 1,
    args  => sub {
        my ($random) = @_;

        return (back => $random->integer(0, 1));
    },
    begin => sub {
        my ($rig, $args) = @_;

        $args->{back} ? $rig->upgrade_and_back() : $rig->upgrade();
    },
);


1;
