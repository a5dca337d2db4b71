package Test::Mytwip::Nginx;

# The nginx of a test: started, reloaded, killed and ended; its master runs in
# the foreground as a child of the test. A base of Test::Mytwip, which writes
# the configuration and the files.

use strict;
use warnings;

use Test::More ();
use Time::HiRes qw/ time /;

use Test::Mytwip::System qw/
    spawn children title alive wait_exit wait_until slurp run_command
/;

use constant PATIENT => 10;             # seconds for a condition


# An environment variable of nginx, from the next run() on.
sub env {
    my ($self, %env) = @_;

    $self->{env} = { %{$self->{env}}, %env };

    return $self;
}


# Starts nginx; returns once it serves.
sub run {
    my ($self) = @_;

    my $dir = $self->{dir};

    die "nginx runs already\n" if $self->{pid};

    unlink "$dir/nginx.pid";

    $self->{pid} = spawn([ $self->command(), '-g', 'daemon off;' ],
        env => $self->{env}, output => "$dir/nginx.out");

    my $ready = wait_until(sub {
        return -1 unless alive($self->{pid});
        return -s "$dir/nginx.pid"
            && slurp("$dir/nginx.pid") == $self->{pid}
            && $self->workers() == $self->worker_processes();
    }, PATIENT);

    if (!$ready || $ready < 0) {
        delete $self->{pid} if $ready;
        die "nginx did not start:\n" . $self->read_file('nginx.out')
            . $self->error_log();
    }

    return $self;
}


sub command {
    my ($self, $conf) = @_;

    return (nginx(), '-p', "$self->{dir}/", '-e', "$self->{dir}/$self->{log}",
        '-c', $conf || "$self->{dir}/nginx.conf");
}


sub nginx {
    return $ENV{MYTWIP_NGINX}
        || (grep { -x } map { "$_/nginx" }
            (split /:/, $ENV{PATH}), '/usr/sbin')[0]
        || die "there is no nginx: set MYTWIP_NGINX\n";
}


# What "nginx -t" says of a configuration: its exit code and all it printed.
sub nginx_t {
    my ($self, $conf, $name) = @_;

    $name ||= 'test.conf';

    # what it says is its own affair, not of the nginx that runs
    local $self->{log} = "$name.log";

    $self->write_file_expand($name, $conf);

    return run_command($self->command("$self->{dir}/$name"), '-t');
}


sub worker_processes {
    my ($self) = @_;

    return $self->read_file('nginx.conf') =~ /^\s*worker_processes\s+(\d+);/m
        ? $1 : 1;
}


# The pids of the workers that accept connections: not those that a reload
# has told to end.
sub workers {
    my ($self) = @_;

    # valgrind keeps the titles to itself, and its tests do not reload
    return children($self->{pid}) if $ENV{MYTWIP_UNTITLED};

    return grep { title($_) eq 'nginx: worker process' }
        children($self->{pid});
}


sub full_house {
    my ($self, @but) = @_;

    my %but = map { $_ => 1 } @but;

    wait_until(sub {
        my @now = $self->workers();
        return @now == $self->worker_processes() && !grep { $but{$_} } @now;
    }, PATIENT) or die "nginx has not started new workers:\n"
        . $self->error_log();

    return;
}


# Returns once only the new generation accepts connections; the old one may
# still be finishing. Returns the pids of the old one.
sub reload {
    my ($self) = @_;

    my @old = $self->workers();

    kill 'HUP', $self->{pid};
    $self->full_house(@old);

    return @old;
}


sub wait_gone {
    my ($self, @pids) = @_;

    return wait_until(sub { !grep { alive($_) } @pids }, PATIENT);
}


# Kills one worker or those given, at once and without a chance to do anything;
# returns the pids, after the master has started others.
sub kill_worker {
    my ($self, @pids) = @_;

    @pids = ($self->workers())[0] unless @pids;

    $self->{killed}{$_} = 1 for @pids;
    kill 'KILL', @pids;

    $self->full_house(@pids);

    return @pids;
}


# Kills the master alone; its workers go on and are returned.
sub kill_master {
    my ($self) = @_;

    my @orphans = $self->workers();

    push @{$self->{orphans}}, @orphans;

    my $pid = delete $self->{pid};
    kill 'KILL', $pid;
    wait_exit($pid, PATIENT);

    return @orphans;
}


sub kill_orphans {
    my ($self) = @_;

    my @pids = splice @{$self->{orphans}};
    kill 'KILL', @pids;

    return $self->wait_gone(@pids);
}


# Fast shutdown: as "nginx -s stop".
sub stop {
    my ($self) = @_;

    return $self->end('TERM');
}


# Graceful shutdown: as "nginx -s quit". Returns the seconds it took.
sub quit {
    my ($self) = @_;

    my $start = time();
    $self->end('QUIT');

    return time() - $start;
}


sub end {
    my ($self, $signal) = @_;

    my $pid = delete $self->{pid} or return;
    my @workers = children($pid);

    kill $signal, $pid;
    my $status = wait_exit($pid, 30);

    if (!defined $status) {
        $self->{stuck} = 1;
        kill 'KILL', $pid, @workers;
        wait_exit($pid, PATIENT);
        Test::More::diag("nginx did not end within 30 s of SIG$signal");
    }

    return $status;
}


1;
