package Fault::Replica;

# A streaming replica of a cluster. It falls behind on cue: its stream goes
# through a proxy, which stops forwarding. What it has not received when its
# primary dies is lost, as with every asynchronous replica.

use strict;
use warnings;

use Fault::Proxy;
use Test::Mytwip::Cluster;
use Test::Mytwip::System qw/
    alive am_root chown_to free_port make_dir slurp spawn spew wait_until
/;

use parent -norequire, 'Test::Mytwip::Cluster';


# Lets replicas of this cluster connect.
sub allow {
    my ($class, $cluster) = @_;

    my $hba = $cluster->dir() . '/data/pg_hba.conf';

    spew($hba, slurp($hba) . "local replication all trust\n"
        . "host replication all samehost trust\n");

    my $postgres = $cluster->database('postgres');
    $postgres->query('SELECT pg_reload_conf()');
    $postgres->close();

    return;
}


# Of this cluster, its stream through this port.
sub create {
    my ($class, $primary, $stream) = @_;

    my $self = bless { dir => make_dir('mytwip-pg'), port => free_port() },
        $class;
    my $dir = $self->{dir};

    mkdir "$dir/socket";
    chown_to('postgres', $dir, "$dir/socket") if am_root();

    $self->{proxy} = Fault::Proxy->start($stream, $primary->port());

    my ($rc, $text) = Test::Mytwip::Cluster::run_as_owner(
        Test::Mytwip::Cluster::bin('pg_basebackup'), '-D', "$dir/data", '-c',
        'fast', '-X', 'stream', '--no-sync',
        '-d', $primary->admin_conninfo('postgres'));
    die "pg_basebackup failed:\n$text" if $rc;

    my $auto = "$dir/data/postgresql.auto.conf";
    my $conninfo = "host=127.0.0.1 port=$stream user=postgres"
        . ' sslmode=disable gssencmode=disable';

    spew($auto, slurp($auto) . <<"EOT");
port = $self->{port}
unix_socket_directories = '$dir/socket'
primary_conninfo = '$conninfo'
EOT
    spew("$dir/data/standby.signal", '');
    chown_to('postgres', $auto, "$dir/data/standby.signal") if am_root();

    $self->start();

    wait_until(sub { $primary->database('postgres')->value('SELECT count(*)'
        . " FROM pg_stat_replication WHERE state = 'streaming'") }, 20)
        or die "the replica does not follow:\n" . $self->log();

    return $self;
}


sub start {
    my ($self) = @_;

    $self->{pid} = spawn([ Test::Mytwip::Cluster::bin('postgres'), '-D',
        "$self->{dir}/data" ], user => am_root() ? 'postgres' : undef,
        signal => 'QUIT', output => $self->log_file());
    $self->{owner} = $$;

    wait_until(sub {
        die "the replica did not start:\n" . $self->log()
            unless alive($self->{pid});

        return eval { slurp("$self->{dir}/data/postmaster.pid") =~
            /^(?:ready|standby)\s*$/m };
    }, 30) or die "the replica is not ready:\n" . $self->log();

    return $self;
}


sub fall_behind {
    my ($self) = @_;

    $self->{proxy}->tell('block');

    return;
}


sub promote {
    my ($self) = @_;

    my $postgres = $self->database('postgres');

    $postgres->query('SELECT pg_promote()');
    $postgres->close();

    return;
}


sub destroy {
    my ($self) = @_;

    $self->SUPER::destroy();
    (delete $self->{proxy})->stop() if $self->{proxy};

    return;
}


1;
