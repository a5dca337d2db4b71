package Test::Mytwip::System;

# What the harness needs of the operating system: processes that end with the
# test that started them, ports that nobody else takes, directories that other
# users can reach. Knows Linux; knows neither nginx nor PostgreSQL.

use strict;
use warnings;

use Exporter qw/ import /;
use File::Temp qw/ tempdir /;
use IO::Socket::INET;
use IO::Socket::UNIX;
use POSIX qw/ WNOHANG /;
use Time::HiRes qw/ sleep time /;

our @EXPORT_OK = qw/
    am_root make_dir chown_to free_port spawn children descendants
    state_of title alive wait_exit holders wait_until slurp spew run_command
/;

use constant STEP => 0.02;          # seconds between two looks at a condition

my (@locks, %status);


sub am_root { return $> == 0 }


# A new directory that every user may pass through.
sub make_dir {
    my ($name) = @_;

    my $dir = tempdir("$name-XXXXXXXX", TMPDIR => 1);
    chmod 0755, $dir;

    return $dir;
}


sub chown_to {
    my ($user, @paths) = @_;

    my (undef, undef, $uid, $gid) = getpwnam($user)
        or die "there is no user \"$user\"\n";

    chown($uid, $gid, @paths) == @paths
        or die "cannot give @paths to $user: $!\n";

    return;
}


# A port of 127.0.0.1 that is free and stays free between the servers of a
# test: it is below the range from which the kernel serves outgoing
# connections, and while this process lives a socket of that name (abstract:
# no file) keeps other tests from taking it.
sub free_port {
    my ($first) = slurp('/proc/sys/net/ipv4/ip_local_port_range') =~ /(\d+)/;

    my $low = $first > 12000 ? 10000 : 1025;

    for (1 .. 1000) {
        my $port = $low + int rand($first - $low);

        my $lock = IO::Socket::UNIX->new(
            Local => "\0mytwip-test-port-$port", Listen => 1) or next;

        my $socket = IO::Socket::INET->new(
            LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1) or next;

        push @locks, $lock;

        return $port;
    }

    die "there is no free port\n";
}


# Starts a program; returns its pid. The kernel ends it when this process is
# gone, however it went. Options: user, env (hash), output (file), signal
# (for the end, TERM unless told), detached.
sub spawn {
    my ($command, %opt) = @_;

    my @command = @$command;
    my @setpriv;

    push @setpriv, "--reuid=$opt{user}", "--regid=" . group_of($opt{user}),
        '--init-groups' if $opt{user};
    push @setpriv, '--pdeathsig=' . ($opt{signal} || 'TERM')
        unless $opt{detached};

    unshift @command, 'setpriv', @setpriv, '--' if @setpriv;

    my $pid = fork();
    die "cannot fork: $!\n" unless defined $pid;

    return $pid if $pid;

    # the child, which must not run our END blocks

    eval {
        $ENV{$_} = $opt{env}{$_} for keys %{$opt{env} || {}};

        open STDIN, '<', '/dev/null' or die "/dev/null: $!\n";

        if ($opt{output}) {
            open STDOUT, '>>', $opt{output} or die "$opt{output}: $!\n";
            open STDERR, '>&', \*STDOUT or die "dup: $!\n";
        }

        chdir '/';
        exec { $command[0] } @command or die "$command[0]: $!\n";
    };

    print STDERR $@;
    POSIX::_exit(127);
}


sub group_of {
    my ($user) = @_;

    my $gid = (getpwnam($user))[3];
    die "there is no user \"$user\"\n" unless defined $gid;

    return $gid;
}


# Runs a command to its end; returns its exit code and all it printed.
sub run_command {
    my (@command) = @_;

    my $pid = open my $out, '-|';
    die "cannot fork: $!\n" unless defined $pid;

    if ($pid == 0) {
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec { $command[0] } @command or POSIX::_exit(127);
    }

    local ($/, $?);
    my $text = <$out>;
    close $out;

    return ($? >> 8 || $? & 127, defined $text ? $text : '');
}


# Fields of /proc/PID/stat behind the name: state, parent, ...
sub stat_of {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/stat" or return;
    my $line = <$file>;
    return unless defined $line && $line =~ /\) (.*)/s;

    return split ' ', $1;
}


sub children {
    my ($parent) = @_;

    opendir my $proc, '/proc' or die "/proc: $!\n";

    return grep {
        my (undef, $ppid) = stat_of($_);
        defined $ppid && $ppid == $parent;
    } grep { /^\d+$/ } readdir $proc;
}


sub descendants {
    my ($pid) = @_;

    return map { ($_, descendants($_)) } children($pid);
}


# The letter of /proc: R, S, D, T, Z; undef when there is no such process.
sub state_of {
    my ($pid) = @_;

    return (stat_of($pid))[0];
}


sub title {
    my ($pid) = @_;

    open my $file, '<', "/proc/$pid/cmdline" or return '';
    local $/;
    my $title = <$file>;
    $title = '' unless defined $title;
    $title =~ s/[\0 ]+$//;
    $title =~ tr/\0/ /;

    return $title;
}


sub alive {
    my ($pid) = @_;

    reap($pid);

    my $state = state_of($pid);

    return defined $state && $state ne 'Z' ? 1 : 0;
}


sub reap {
    my ($pid) = @_;

    local $?;
    $status{$pid} = $? if waitpid($pid, WNOHANG) == $pid;

    return;
}


# Waits until the process is gone; returns its status if it was a child of
# ours, else 0, and undef if it is still there after the timeout.
sub wait_exit {
    my ($pid, $timeout) = @_;

    return unless wait_until(sub { !alive($pid) }, $timeout);

    return delete $status{$pid} || 0;
}


# Processes other than this one that have a file below the directory open.
sub holders {
    my ($dir) = @_;

    opendir my $proc, '/proc' or die "/proc: $!\n";

    return grep {
        $_ != $$ && grep { /^\Q$dir\E\// }
            map { readlink($_) || '' } glob "/proc/$_/fd/*"
    } grep { /^\d+$/ } readdir $proc;
}


# Calls the condition until it is true or the time is over; returns what it
# returned last.
sub wait_until {
    my ($condition, $timeout) = @_;

    my $end = time() + (defined $timeout ? $timeout : 10);

    while (1) {
        my $got = $condition->();
        return $got if $got || time() >= $end;
        sleep STEP;
    }
}


sub slurp {
    my ($path) = @_;

    open my $file, '<:raw', $path or die "cannot read $path: $!\n";
    local $/;
    my $text = <$file>;

    return defined $text ? $text : '';
}


sub spew {
    my ($path, $text) = @_;

    open my $file, '>:raw', $path or die "cannot write $path: $!\n";
    print $file $text;
    close $file or die "cannot write $path: $!\n";

    return;
}


1;
