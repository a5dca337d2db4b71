package Fault::Rig;

# What a round needs: a database with many readers, nginx with two workers and
# a static file, and, if told, the proxy between the two. It is a Test::Mytwip
# that tests nothing by itself and keeps its directory when asked to.
#
# Request number n is the pixel of issue FIRST_ISSUE + n % ISSUES for reader
# FIRST_READER + int(n / ISSUES), so that each is found again by its ids; n of
# an unsubscription is reader FIRST_LEAVER + n; n of a beacon is the id of the
# resource in each of its events.

use strict;
use warnings;

use File::Path qw/ remove_tree /;
use JSON::PP qw/ encode_json /;
use Scalar::Util qw/ weaken /;
use Time::HiRes qw/ clock_gettime CLOCK_MONOTONIC /;

use Fault::Proxy;
use Test::Mytwip::System qw/
    alive children holders slurp spawn title wait_exit wait_until
/;

use parent 'Test::Mytwip';

use constant {
    FIRST_ISSUE => 201, ISSUES => 200,
    FIRST_READER => 10001, READERS => 12000,
    FIRST_LEAVER => 30001, LEAVERS => 10000,
    WORKERS => 2,
    TEMPLATE => 'mytwip_fault',
    UNSUBSCRIBE => 2,                   # kind of token
    PARTS => 3,                         # events of a beacon
    PATIENT => 15,
};


my @rigs;


# What is not finished yet, before the cluster goes and all databases with it.
sub finish_all {
    for my $rig (grep { defined } @rigs) {
        $rig->{abandoned} = 1;
        $rig->finish();
    }

    return;
}


# Makes the database that rounds start from; once for a cluster.
sub prepare {
    my ($class, $cluster) = @_;

    my $made = $cluster->database();
    my $last_issue = FIRST_ISSUE + ISSUES - 1;
    my $last_reader = FIRST_READER + READERS - 1;
    my $last_leaver = FIRST_LEAVER + LEAVERS - 1;

    $made->query(<<"EOT");
INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject, recipients)
SELECT 1, n, 1, 'issue ' || n, ${\READERS}
  FROM generate_series(${\FIRST_ISSUE}, $last_issue) AS n;

INSERT INTO mytwip.reader (account_id, id, email)
SELECT 1, n, 'reader' || n || '\@example.org'
  FROM (SELECT generate_series(${\FIRST_READER}, $last_reader)
        UNION ALL
        SELECT generate_series(${\FIRST_LEAVER}, $last_leaver)) AS r (n);

INSERT INTO mytwip.subscription (account_id, reader_id, newsletter_id)
SELECT account_id, id, 1 FROM mytwip.reader WHERE id >= ${\FIRST_READER};

INSERT INTO mytwip.consent (account_id, reader_id, purpose, granted, method,
                            wording)
SELECT account_id, id, 'open_tracking', true, 'form', 'I agree.'
  FROM mytwip.reader WHERE id BETWEEN ${\FIRST_READER} AND $last_reader;
EOT

    my $name = $made->name();
    $made->close();

    my $postgres = $cluster->database('postgres');
    $postgres->query("ALTER DATABASE $name RENAME TO ${\TEMPLATE}");
    $postgres->query("ALTER DATABASE ${\TEMPLATE} ALLOW_CONNECTIONS false");
    $postgres->close();

    return;
}


# By name: cluster; road (direct or proxy), database (changes to the connection
# string), journal and batch (parameters), before (code, called with the rig
# before nginx starts), daemon (nginx can be upgraded), own (the cluster is of
# this rig alone).
sub new {
    my ($class, %opt) = @_;

    my $self = $class->SUPER::new();

    # a round has its own idea of how long it may take
    alarm 0;

    @{$self}{keys %opt} = values %opt;
    $self->{away} = [];
    push @rigs, $self;
    weaken($rigs[-1]);

    return $self;
}


sub start {
    my ($self) = @_;

    $self->{pg} = $self->{cluster}->new_database(TEMPLATE);
    if (($self->{road} || '') eq 'proxy') {
        $self->{proxy} = Fault::Proxy->start(
            $self->port(1), $self->{cluster}->port());
    }

    mkdir "$self->{dir}/html";
    $self->write_file('html/static', 'x' x 2048);
    $self->{before}->($self) if $self->{before};
    $self->write_file_expand('nginx.conf', $self->conf());
    $self->run();

    return;
}


sub journal { return $_[0]{at} || "$_[0]{dir}/journal" }
sub proxy { return $_[0]{proxy} }


sub conf {
    my ($self) = @_;

    my $workers = WORKERS;
    my $conninfo = $self->{pg}->conninfo(
        sslmode => 'disable', connect_timeout => 2,
        $self->{proxy} ? (port => $self->port(1)) : (),
        %{$self->{database} || {}});
    my $journal = join ' ', $self->journal(), $self->{journal} || ();
    my $batch = $self->{batch} || 'delay=50ms';
    my $root = $self->root();

    return <<"EOT";
%%TEST_GLOBALS%%

worker_processes $workers;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    access_log  off;
    keepalive_requests  100000;

    mytwip_database "$conninfo";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  $journal;
    mytwip_batch    $batch;
    mytwip_pages    $root/conf.example/pages;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
            add_header X-Result \$mytwip_result;
        }

        location /u/ {
            mytwip_unsubscribe;
            add_header X-Result \$mytwip_result always;
        }

        location = /a {
            mytwip_activity;
            add_header X-Result \$mytwip_result always;
        }

        location = /static {
            root %%TESTDIR%%/html;
            add_header X-Worker \$pid;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT
}


# nginx replaces its binary only when it does not see its parent: for that it
# runs as a daemon, which the harness's does not, to end with the test.
sub run {
    my ($self) = @_;

    return $self->SUPER::run() unless $self->{daemon};

    my $dir = $self->{dir};

    unlink "$dir/nginx.pid";
    wait_exit(spawn([ $self->command() ], env => $self->{env},
        detached => 1, output => "$dir/nginx.out"), PATIENT);

    wait_until(sub {
        $self->{pid} = eval { slurp("$dir/nginx.pid") + 0 };
        return $self->{pid} && $self->workers() == WORKERS;
    }, PATIENT) or die "nginx did not start: "
        . $self->read_file('nginx.out') . "\n";

    return $self;
}


# Requests

sub pixel_request {
    my ($self, $n) = @_;

    return 'GET ' . $self->pixel(issue_of($n), reader_of($n))
        . " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}


sub unsubscribe_request {
    my ($self, $n) = @_;

    my $body = 'List-Unsubscribe=One-Click';

    return 'POST /u/' . $self->token(FIRST_ISSUE, FIRST_LEAVER + $n,
            kind => UNSUBSCRIBE)
        . " HTTP/1.1\r\nHost: localhost\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}


sub beacon_request {
    my ($self, $n) = @_;

    my $body = encode_json([ map { {
        activity => "part.$_", resource => { type => 'fault', id => "$n" },
    } } 1 .. PARTS ]);

    return "POST /a HTTP/1.1\r\nHost: localhost\r\n"
        . "Content-Type: application/json\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}


sub issue_of { return FIRST_ISSUE + $_[0] % ISSUES }
sub reader_of { return FIRST_READER + int($_[0] / ISSUES) }


sub number_of {
    my ($issue, $reader) = @_;

    return ($reader - FIRST_READER) * ISSUES + $issue - FIRST_ISSUE;
}


# Nobody serves from before the code is called until it returns, and that is
# not the event loop's fault: what is asked meanwhile is not counted as late.
sub away_while {
    my ($self, $code) = @_;

    my $from = clock_gettime(CLOCK_MONOTONIC);
    my @got = $code->();

    push @{$self->{away}}, [ $from, clock_gettime(CLOCK_MONOTONIC) ];

    return wantarray ? @got : $got[0];
}


# Another generation of the binary, with the listening sockets of this one:
# USR2, and, when it is there, WINCH and QUIT for this one.
sub upgrade {
    my ($self) = @_;

    my $old = $self->{pid};
    my $new = $self->new_generation();

    kill 'WINCH', $old;
    wait_until(sub { !grep { title($_) =~ /^nginx: worker/ } children($old) },
        PATIENT) or die "the old workers do not end\n";

    kill 'QUIT', $old;
    wait_until(sub { !alive($old) }, PATIENT)
        or die "the old master does not end\n";

    $self->{pid} = $new;

    return;
}


# The same up to the moment when the new generation is found wanting.
sub upgrade_and_back {
    my ($self) = @_;

    my $old = $self->{pid};
    my $new = $self->new_generation();

    kill 'WINCH', $old;
    wait_until(sub { !grep { title($_) =~ /^nginx: worker/ } children($old) },
        PATIENT) or die "the old workers do not end\n";

    kill 'HUP', $old;
    $self->full_house();
    kill 'QUIT', $new;
    wait_until(sub { !alive($new) }, PATIENT)
        or die "the new master does not end\n";

    return;
}


sub new_generation {
    my ($self) = @_;

    my $old = $self->{pid};
    my $new;

    kill 'USR2', $old;

    wait_until(sub {
        $new = eval { slurp("$self->{dir}/nginx.pid") + 0 };
        return $new && $new != $old
            && (grep { title($_) eq 'nginx: worker process' } children($new))
                == WORKERS;
    }, PATIENT) or die "there is no new generation\n";

    # in case this test dies before it has ended one of them
    push @{$self->{generations}}, $new;

    return $new;
}


# Kills what is there of nginx, master first, so that nothing is started anew.
sub kill_everybody {
    my ($self) = @_;

    my $pid = delete $self->{pid};
    my @workers = children($pid);

    $self->{killed}{$_} = 1 for $pid, @workers;
    kill 'KILL', $pid, @workers;

    wait_until(sub { !grep { alive($_) } $pid, @workers }, PATIENT)
        or die "nginx cannot be killed\n";

    return;
}


# What the harness does not know of goes, too.
sub finish {
    my ($self) = @_;

    return if $self->{finished}++;

    if ($self->{proxy}) {
        $self->end('TERM');
        (delete $self->{proxy})->stop();
    }

    kill 'KILL', grep { alive($_) && $_ != ($self->{pid} || 0) }
        map { ($_, children($_)) } @{$self->{generations} || []};

    $self->SUPER::finish();

    return;
}


sub check { return }


# The directory stays if something went wrong; the cluster is everybody's.
sub clean_up {
    my ($self) = @_;

    for my $undo (reverse @{$self->{undo} || []}) {
        eval { $undo->($self); 1 } or warn $@;
    }

    kill 'KILL', holders($self->{dir});

    $self->{pg}->close() if $self->{pg};
    delete $self->{pg};

    if ($self->{own}) {
        $self->{cluster}->destroy();
    } elsif ($self->{cluster} && !$self->{abandoned}) {
        eval { $self->{cluster}->drop_databases(); 1 } or warn $@;
    }

    remove_tree($self->{dir}) unless $self->{keep};

    return;
}


1;
