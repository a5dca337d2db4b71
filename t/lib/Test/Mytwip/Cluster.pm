package Test::Mytwip::Cluster;

# A PostgreSQL cluster with a template of the database that tests start from:
# the extension mytwip, pgTAP and the data of t/lib/data.sql. A run of the
# tests has one (started by t/lib/prove, found by MYTWIP_TEST_RUN); a test that
# stops or pauses PostgreSQL makes one of its own.
#
# As root, PostgreSQL runs as the user postgres, which it insists on.

use strict;
use warnings;

use Cwd qw/ realpath /;
use Fcntl qw/ :flock /;
use File::Basename qw/ dirname /;
use File::Path qw/ remove_tree /;

use Test::Mytwip::Database;
use Test::Mytwip::System qw/
    am_root make_dir chown_to free_port spawn descendants alive wait_exit
    wait_until slurp spew run_command
/;

use constant TEMPLATE => 'mytwip_template';

my $ROOT = realpath(dirname(__FILE__) . '/../../../..');
my $databases = 0;


# The cluster of the run, or undef when this is no run or has none.
sub shared {
    my ($class) = @_;

    my $dir = $ENV{MYTWIP_TEST_RUN} or return;
    return unless -e "$dir/cluster/port";

    return bless {
        dir => "$dir/cluster", port => slurp("$dir/cluster/port"), shared => 1,
    }, $class;
}


# A new one, started. It ends with this process at the latest.
sub create {
    my ($class, $dir) = @_;

    my $self = bless {
        dir => $dir || make_dir('mytwip-pg'), port => free_port(),
    }, $class;

    mkdir $self->{dir};
    mkdir "$self->{dir}/socket";
    chown_to('postgres', $self->{dir}, "$self->{dir}/socket") if am_root();

    $self->make_data();
    $self->start();
    $self->make_template();

    # last: it says that the cluster is ready for tests
    spew("$self->{dir}/port", $self->{port});

    return $self;
}


sub dir { return $_[0]{dir} }
sub port { return $_[0]{port} }
sub log { return slurp("$_[0]{dir}/postgres.log") }


sub bin {
    my ($name) = @_;

    our $bindir;

    if (!defined $bindir) {
        my ($rc, $text) = run_command(
            $ENV{PG_CONFIG} || 'pg_config', '--bindir');
        die "pg_config is not there: install postgresql-server-dev-15\n"
            if $rc;
        chomp($bindir = $text);
    }

    return "$bindir/$name";
}


sub run_as_owner {
    my (@command) = @_;

    unshift @command, 'setpriv', '--reuid=postgres',
        '--regid=' . Test::Mytwip::System::group_of('postgres'),
        '--init-groups', '--' if am_root();

    return run_command(@command);
}


sub make_data {
    my ($self) = @_;

    my $dir = $self->{dir};

    my ($rc, $text) = run_as_owner(bin('initdb'), '-D', "$dir/data",
        '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C',
        '--no-sync', '--no-instructions');
    die "initdb failed:\n$text" if $rc;

    # speed: these files need not outlive a power loss
    spew("$dir/data/postgresql.auto.conf", <<"EOT");
port = $self->{port}
listen_addresses = '127.0.0.1'
unix_socket_directories = '$dir/socket'
fsync = off
full_page_writes = off
autovacuum = off
max_connections = 60
shared_buffers = 32MB
max_wal_size = 256MB
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %u@%d '
log_statement = none
lc_messages = 'C'
EOT

    # the last lines that apply: roles that tests make log in with a password
    spew("$dir/data/pg_hba.conf", <<'EOT');
local  all  all                       trust
host   all  +needs_password  samehost  scram-sha-256
host   all  all              samehost  trust
EOT

    return;
}


sub make_template {
    my ($self) = @_;

    my $postgres = $self->database('postgres');
    my $name = TEMPLATE;

    $postgres->query('CREATE ROLE needs_password');
    $postgres->query("CREATE DATABASE $name");

    my $template = $self->database($name);

    if (my $hold = $self->hold_extension()) {
        $template->query('SET client_min_messages = warning;'
            . ' CREATE EXTENSION mytwip CASCADE');

    } else {
        $self->load_without_extension($name);
    }

    $template->query('CREATE EXTENSION pgtap');
    $template->query(slurp("$ROOT/t/lib/data.sql"));
    $template->close();

    $postgres->query("ALTER DATABASE $name ALLOW_CONNECTIONS false");
    $postgres->close();

    return;
}


# Has CREATE EXTENSION find the files of this tree as long as what is returned
# is kept: a server has one place for them, and tests of another tree may want
# theirs there. Undef: the files there are others, and only root may put ours.
sub hold_extension {
    my ($self) = @_;

    my ($rc, $share) = run_command($ENV{PG_CONFIG} || 'pg_config',
        '--sharedir');
    die "pg_config failed:\n$share" if $rc;

    chomp $share;
    my $dir = "$share/extension";

    open my $lock, '<', $dir or die "cannot open $dir: $!\n";
    flock $lock, LOCK_EX or die "cannot lock $dir: $!\n";

    make_sql('all');

    if (!extension_is_in($dir)) {
        return unless am_root();
        make_sql('install');
    }

    return $lock;
}


sub extension_is_in {
    my ($dir) = @_;

    return !grep {
        my $there = eval { slurp("$dir/$_") };
        !defined $there || $there ne slurp("$ROOT/sql/$_");
    } 'mytwip.control', map { m{([^/]+)$} } glob "$ROOT/sql/mytwip--*.sql";
}


sub make_sql {
    my ($target) = @_;

    my ($rc, $text) = run_command('make', '-s', '-C', "$ROOT/sql", $target);
    die "make -C sql $target failed:\n$text" if $rc;

    return;
}


# The way of those who cannot give the server files.
sub load_without_extension {
    my ($self, $name) = @_;

    make_sql('mytwip-psql.sql');

    my ($rc, $text) = run_command('psql', '-Xq', '-v', 'ON_ERROR_STOP=1',
        '-d', $self->admin_conninfo($name), '-f', "$ROOT/sql/mytwip-psql.sql");
    die "psql -f sql/mytwip-psql.sql failed:\n$text" if $rc;

    return;
}


# A database as a test starts from it; or, with a name, one that exists.
sub database {
    my ($self, $name) = @_;

    return Test::Mytwip::Database->new($self, $name) if defined $name;

    return $self->new_database(TEMPLATE);
}


sub new_database {
    my ($self, $template) = @_;

    my $name = "mytwip_$$" . '_' . ++$databases;

    my $postgres = $self->database('postgres');
    $postgres->query("CREATE DATABASE $name TEMPLATE $template");
    $postgres->close();

    push @{$self->{made}}, $name;

    return $self->database($name);
}


sub drop_databases {
    my ($self) = @_;

    $self->close_sessions();

    my $postgres = $self->database('postgres');
    $postgres->query("DROP DATABASE IF EXISTS $_ WITH (FORCE)")
        for @{delete $self->{made} || []};
    $postgres->close();

    return;
}


sub close_sessions {
    my ($self) = @_;

    $_->close() for grep { defined } @{$self->{sessions} || []};

    return;
}


# For the tests themselves: the superuser, through the socket.
sub admin_conninfo {
    my ($self, $name) = @_;

    return "host=$self->{dir}/socket port=$self->{port} user=postgres"
        . " dbname=$name";
}


sub own {
    my ($self) = @_;

    die "this is everybody's cluster: call own_cluster() first\n"
        if $self->{shared};

    return;
}


# Returns once connections are answered.
sub start {
    my ($self) = @_;

    $self->own();

    $self->{pid} = spawn([ bin('postgres'), '-D', "$self->{dir}/data" ],
        user => am_root() ? 'postgres' : undef, signal => 'QUIT',
        output => $self->log_file());
    $self->{owner} = $$;

    my $pidfile = "$self->{dir}/data/postmaster.pid";

    wait_until(sub {
        die "PostgreSQL did not start:\n" . $self->log()
            unless alive($self->{pid});

        my $text = eval { slurp($pidfile) } || '';
        return $text =~ /^$self->{pid}\n/ && $text =~ /^ready\s*$/m;
    }, 30) or die "PostgreSQL is not ready after 30 s:\n" . $self->log();

    return $self;
}


# The log is of the user who writes it.
sub log_file {
    my ($self) = @_;

    my $path = "$self->{dir}/postgres.log";

    if (!-e $path) {
        spew($path, '');
        chown_to('postgres', $path) if am_root();
    }

    return $path;
}


# Mode: smart, fast (unless told) or immediate.
sub stop {
    my ($self, $mode) = @_;

    $self->own();
    $self->close_sessions();

    my %signal = (smart => 'TERM', fast => 'INT', immediate => 'QUIT');
    my $pid = delete $self->{pid} or return $self;

    # those that are paused must be able to end
    kill 'CONT', $pid, @{delete $self->{paused} || []};
    kill $signal{$mode || 'fast'}, $pid;

    if (!defined wait_exit($pid, 20)) {
        my @all = descendants($pid);
        kill 'KILL', $pid, @all;
        wait_exit($pid, 10);
        die "PostgreSQL did not stop within 20 s\n";
    }

    return $self;
}


sub restart {
    my ($self, $mode) = @_;

    return $self->stop($mode)->start();
}


# Every process of it stands still: connections are accepted by the kernel and
# stay without an answer, as with a machine that hangs.
sub pause {
    my ($self) = @_;

    $self->own();
    $self->close_sessions();

    # the postmaster first, or it starts others meanwhile
    kill 'STOP', $self->{pid};
    $self->{paused} = [ descendants($self->{pid}) ];
    kill 'STOP', @{$self->{paused}};

    return $self;
}


sub resume {
    my ($self) = @_;

    kill 'CONT', @{delete $self->{paused} || []}, $self->{pid};

    return $self;
}


# Leaves nothing behind, and never dies: it is called when all is over.
sub destroy {
    my ($self) = @_;

    if ($self->{shared}) {
        eval { $self->drop_databases(); 1 } or warn $@;
        return;
    }

    return unless !$self->{owner} || $self->{owner} == $$;

    eval { $self->stop('immediate'); 1 } or warn $@;
    remove_tree($self->{dir}, { safe => 1 }) unless $ENV{MYTWIP_TEST_KEEP};

    return;
}


1;
