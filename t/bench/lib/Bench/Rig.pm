package Bench::Rig;

# nginx and a database for a row, and the files of requests that are sent to
# it. It is a Test::Mytwip that tests nothing by itself. One nginx serves all
# contenders, in locations side by side:
#
#     /e/ empty_gif    /l/ the same with an access log    /o/ mytwip_pixel
#     /u/ mytwip_unsubscribe    /a mytwip_activity    /status
#
# By name: cluster; workers (1), journal and batch (parameters), agents (file
# of rules), bare (without the module), single (one process), under (a command
# that nginx runs under, as valgrind).

use strict;
use warnings;

use JSON::PP qw/ encode_json /;
use Scalar::Util qw/ weaken /;
use Time::HiRes qw/ sleep time /;

use Bench::Cluster;
use Bench::Wrk qw/ write_requests get post /;
use Test::Mytwip::HTTP ();
use Test::Mytwip::System qw/ am_root alive children spawn wait_until slurp /;

use parent 'Test::Mytwip';

use constant {
    UNSUBSCRIBE => 2,                   # kind of token
    SEED => 1,
    PATIENT => 900,                     # seconds until all is committed
};

my @rigs;


sub finish_all {
    $_->finish() for grep { defined } @rigs;

    return;
}


sub new {
    my ($class, %opt) = @_;

    my $self = $class->SUPER::new();

    # a row has its own idea of how long it may take
    alarm 0;

    @{$self}{keys %opt} = values %opt;
    push @rigs, $self;
    weaken($rigs[-1]);

    if (!$self->{bare}) {
        $self->{pg} ||= $self->{cluster}->row_database();
    }

    return $self;
}


# Ends nginx and removes the database and the directory, now or at the end.
sub finish {
    my ($self) = @_;

    return if $self->{finished}++;

    $self->end('TERM');

    if (my $pg = delete $self->{pg}) {
        my $name = $pg->name();
        $pg->close();

        # at the end, the cluster goes with all that is in it
        eval {
            my $postgres = $self->{cluster}->database('postgres');
            $postgres->query("DROP DATABASE IF EXISTS $name WITH (FORCE)");
            $postgres->close();
        };
    }

    # the cluster is of all rows
    delete $self->{cluster};
    $self->clean_up();

    return;
}


sub clean_up {
    my ($self) = @_;

    File::Path::remove_tree($self->{dir}) unless $ENV{MYTWIP_TEST_KEEP};

    return;
}


# nginx

sub start {
    my ($self) = @_;

    $self->write_file_expand('nginx.conf', $self->conf());

    return $self->run() unless $self->{single};

    $self->{pid} = spawn([ $self->command(), '-g', 'daemon off;' ],
        output => "$self->{dir}/nginx.out");

    wait_until(sub { !alive($self->{pid}) || $self->answers() }, 60);
    die "nginx did not start:\n" . $self->read_file('nginx.out')
        . $self->error_log() unless $self->answers();

    return $self;
}


sub answers {
    my ($self) = @_;

    return IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $self->port(0), Timeout => 5);
}


sub command {
    my ($self, @args) = @_;

    return (@{$self->{under} || []}, $self->SUPER::command(@args));
}


# Their titles are not to be seen under a command.
sub workers {
    my ($self) = @_;

    return $self->{under} ? children($self->{pid}) : $self->SUPER::workers();
}


sub worker {
    my ($self) = @_;

    return $self->{single} ? $self->{pid} : ($self->workers())[0];
}


sub globals {
    my ($self) = @_;

    return ($self->{bare} ? '' : $self->load_module()) . "\n"
        . (am_root() && !$self->{single}
            ? 'user ' . $self->user() . ";\n" : '')
        . ($self->{single} ? "master_process off;\n" : '')
        . "pid $self->{dir}/nginx.pid;\n"
        . "error_log $self->{dir}/$self->{log} warn;\n"
        . 'worker_processes ' . ($self->{workers} || 1) . ";\n"
        # as conf.example says of a machine that PostgreSQL is on as well
        . "worker_priority 5;\n";
}


sub conf {
    my ($self) = @_;

    my $root = $self->root();
    my ($http, $server) = ('', '');

    if (!$self->{bare}) {
        my $agents = $self->{agents} || "$root/conf.example/agents.rules";
        my $journal = $self->{journal_options} || '';
        my $batch = $self->{batch} || '';

        $http = <<"EOT";
    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal $journal;
    mytwip_agents   $agents;
    mytwip_pages    $root/conf.example/pages;
EOT
        $http .= "    mytwip_batch    $batch;\n" if $batch;

        $server = <<'EOT';
        location /o/ {
            mytwip_pixel;
        }

        location /u/ {
            mytwip_unsubscribe;
            ssi on;
        }

        location = /a {
            mytwip_activity user=$http_x_user;
            client_body_buffer_size 64k;
        }

        location = /status {
            mytwip_status;
        }
EOT
    }

    return <<"EOT";
%%TEST_GLOBALS%%

events {
    worker_connections 4096;
}

http {
    %%TEST_GLOBALS_HTTP%%
    access_log off;
    keepalive_requests 1000000000;

$http
    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  news.example.org;

        location /e/ {
            empty_gif;
        }

        location /l/ {
            empty_gif;
            access_log %%TESTDIR%%/combined.log combined buffer=64k;
        }

$server
    }
}
EOT
}


sub globals_http {
    my ($self) = @_;

    return $self->SUPER::globals_http() =~ s/^access_log.*\n//r;
}


# Seconds until all that was accepted is committed and nginx has been told.
sub settle {
    my ($self) = @_;

    my $begin = time();

    while (!$self->settled()) {
        die "not all events are committed after ${\PATIENT} s\n"
            if time() - $begin > PATIENT;
        sleep 0.01;
    }

    return time() - $begin;
}


sub status {
    my ($self) = @_;

    local $Test::Mytwip::HTTP::PORT = $self->port(0);

    return $self->SUPER::status();
}


sub accepted { return $_[0]->status()->{total}{accepted} }


# What is stored

# Opens: how many fetches the rows stand for, however they are kept.
sub opens {
    my ($self) = @_;

    $self->{opens_sql} ||= $self->{pg}->value(<<'EOT');
SELECT CASE WHEN EXISTS (SELECT FROM pg_attribute
                          WHERE attrelid = 'mytwip.open'::regclass
                            AND attname = 'fetches' AND NOT attisdropped)
            THEN 'SELECT coalesce(sum(fetches), 0) FROM mytwip.open'
            ELSE 'SELECT count(*) FROM mytwip.open' END
EOT

    return $self->{pg}->value($self->{opens_sql});
}


sub activities {
    return $_[0]{pg}->value('SELECT count(*) FROM mytwip.activity');
}


sub unsubscribed {
    return $_[0]{pg}->value("SELECT count(*) FROM mytwip.subscription"
        . " WHERE status <> 'subscribed'");
}


# Bytes of what is stored: the tables (with all partitions), their indexes,
# and the log that was written so far.
sub stored_bytes {
    my ($self, $table) = @_;

    my ($row) = $self->{pg}->rows(<<"EOT");
SELECT sum(pg_table_size(relid)), sum(pg_indexes_size(relid)),
       pg_current_wal_insert_lsn() - '0/0'
  FROM pg_partition_tree('mytwip.$table')
EOT

    return { table => $row->[0], index => $row->[1], wal => $row->[2] };
}


# Requests

sub numbers {
    my ($self, $n) = @_;

    my $readers = $self->{cluster}->readers();
    my @of = map { $_ % $readers } 0 .. $n - 1;

    # the same in every run, and no order that an index would like
    srand(SEED);

    for my $i (reverse 1 .. $#of) {
        my $k = int rand($i + 1);
        @of[$i, $k] = @of[$k, $i];
    }

    return @of;
}


# Two mails of each reader, all fetched by one User-Agent or another: six of
# ten a person's, three a proxy's, one a machine's.
sub pixel_requests {
    my ($self, @prefixes) = @_;

    my %agents = $self->agents();
    my $i = 0;
    my @requests;

    for my $n ($self->numbers(2 * $self->{cluster}->readers())) {
        my $class = (('human') x 6, ('proxy') x 3, 'bot')[$i % 10];
        my @agents = @{$agents{$class}};
        my $token = $self->token(Bench::Cluster::FIRST_ISSUE
            + $i % Bench::Cluster::ACTIVE, Bench::Cluster::FIRST_READER + $n);

        push @requests, [ $token, $agents[int($i / 10) % @agents] ];
        $i++;
    }

    return map { my $prefix = $_;
        write_requests("$self->{dir}/requests" . $prefix =~ tr{/}{-}r,
            map { get("$prefix$_->[0].gif", $_->[1]) } @requests);
    } @prefixes;
}


# User-Agents as they are seen in the wild, by class.
sub agents {
    my ($self) = @_;

    my %agents;

    for (split /\n/, slurp($self->root() . '/t/agents/known.txt')) {
        push @{$agents{$1}}, $2 if /^(\w+)\t(.+)$/;
    }

    return %agents;
}


sub beacon_requests {
    my ($self, $events) = @_;

    my @requests;

    for my $n (1 .. 1000) {
        my @events = map { {
            activity => 'bench.' . ($n + $_) % 20,
            resource => { type => 'letter', id => ($n * 7 + $_) % 500 },
            properties => { by => 'arrows' },
        } } 1 .. $events;

        push @requests, post('/a', 'application/json', encode_json(\@events),
            'X-User: ' . (1 + $n % Bench::Cluster::USERS));
    }

    return write_requests("$self->{dir}/requests-a-$events", @requests);
}


# Of readers FROM on: each leaves once.
sub unsubscribe_requests {
    my ($self, $from, $n) = @_;

    return write_requests("$self->{dir}/requests-u",
        map { post('/u/' . $self->token(Bench::Cluster::FIRST_ISSUE,
            Bench::Cluster::FIRST_LEAVER + $_, kind => UNSUBSCRIBE),
            'application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click'
        ) } $from .. $from + $n - 1);
}


1;
