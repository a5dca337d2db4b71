package Fault::Kind::Postgres;

# Faults of PostgreSQL as a server: stopped, hanging, failing over to another.

use strict;
use warnings;

use Time::HiRes qw/ sleep /;

use Fault::Kind qw/ fault /;
use Fault::Replica;
use Fault::Rig;


fault 'pg-crash' => (
    about  => 'PostgreSQL is stopped at once, and started later',
    on     => 'database',
    told   => qr/database: .*(?:closed the connection|refused|terminating)/,
    over   => qr/database takes events again/,
    status => qr/closed the connection|refused|terminating|starting up/,
    lines  => 5,
    args   => sub {
        my ($random) = @_;

        return (hold => $random->seconds(0.2, 2.5));
    },
    begin => sub { $_[0]->pg()->stop('immediate') },
    end   => sub { $_[0]->pg()->start() },
);


fault 'pg-restart' => (
    about => 'PostgreSQL is restarted in good order',
    on    => 'database',
    told  => qr/database: .*(?:closed the connection|terminating|refused)/,
    over  => qr/database takes events again/,
    lines => 5,
    args  => sub {
        my ($random) = @_;

        return (times => $random->integer(1, 2));
    },
    begin => sub {
        my ($rig, $args) = @_;

        $rig->pg()->restart('fast') for 1 .. $args->{times};
    },
);


# Longer than any timeout of the module: its statements may take 30 s.
fault 'pg-hang' => (
    about  => 'PostgreSQL stands still (SIGSTOP) for longer than any timeout',
    told   => qr/database: .*timed out/,
    over   => qr/database takes events again/,
    status => qr/timed out/,
    lines  => 4,
    rate   => 200,
    args   => sub { return (hold => 34) },
    begin  => sub { $_[0]->pg()->pause() },
    end    => sub { $_[0]->pg()->resume() },
);


fault 'pg-pause' => (
    about => 'PostgreSQL stands still for a while',
    on    => 'database',
    lines => 4,
    args  => sub {
        my ($random) = @_;

        return (hold => $random->seconds(1, 6));
    },
    begin => sub { $_[0]->pg()->pause() },
    end   => sub { $_[0]->pg()->resume() },
);


fault 'pg-terminate' => (
    about => 'an administrator ends the sessions of nginx',
    on    => 'database',
    told  => qr/database: .*(?:closed the connection|terminating)/,
    over  => qr/database takes events again/,
    lines => 3,
    args  => sub {
        my ($random) = @_;

        return (times => $random->integer(1, 3),
            pause => $random->seconds(0.05, 0.7));
    },
    begin => sub {
        my ($rig, $args) = @_;

        for (1 .. $args->{times}) {
            end_sessions($rig->pg());
            sleep $args->{pause};
        }
    },
);


fault 'failover' => (
    about => 'the primary dies for good, and a replica that had fallen behind'
        . ' takes over',
    told  => qr/database: /,
    over  => qr/database takes events again/,
    lines => 8,
    rate  => 1500,
    cluster => sub {
        my $cluster = Test::Mytwip::Cluster->create();
        Fault::Replica->allow($cluster);
        Fault::Rig->prepare($cluster);
        return $cluster;
    },
    rig => sub {
        return (
            # short ones: some are complete when the primary dies
            journal => 'segment=64k retain=60s',
            before  => sub {
                my ($rig) = @_;

                my $replica = $rig->{replica} = Fault::Replica->create(
                    $rig->{cluster}, $rig->port(2));

                push @{$rig->{undo}}, sub { $replica->destroy() };

                $rig->{database} = {
                    host => '127.0.0.1,127.0.0.1',
                    port => join(',', $rig->{cluster}->port(),
                                 $replica->port()),
                    target_session_attrs => 'read-write',
                };
            },
        );
    },
    args => sub {
        my ($random) = @_;

        return (lag => $random->seconds(0.5, 4),
            hold => $random->seconds(0, 1.5));
    },
    begin => sub {
        my ($rig, $args) = @_;

        $rig->{replica}->fall_behind();
        sleep $args->{lag};
        $args->{rows} = opens($rig->pg());
        $rig->pg()->stop('immediate');
    },
    end => sub {
        my ($rig, $args) = @_;

        my $replica = $rig->{replica};

        $replica->promote();
        $rig->{pg} = $replica->database($rig->pg()->name());
        $args->{missing} = $args->{rows} - opens($rig->pg());
    },
    check => sub {
        my ($rig, $args) = @_;

        return $args->{missing} > 0 ? ()
            : 'the replica had not fallen behind';
    },
);


sub opens { return $_[0]->value('SELECT count(*) FROM mytwip.open') }


sub end_sessions {
    my ($pg) = @_;

    $pg->query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity'
        . " WHERE datname = '${\$pg->name()}' AND usename <> 'postgres'");

    return;
}


1;
