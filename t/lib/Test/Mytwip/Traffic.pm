package Test::Mytwip::Traffic;

# Requests in the background while a test does something to the servers. A
# child process sends request 0, 1, 2, ... each once, over several connections
# that are kept alive (and pipelined, if told), and notes of each whether its
# answer came whole. A connection that breaks is opened again; its requests
# without an answer are not repeated, as the server may have counted them.
#
#     my $traffic = Test::Mytwip::Traffic->start(uri => sub { "/o/$_[0]" });
#     ...
#     my $report = $traffic->stop();

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Time::HiRes qw/ sleep time /;

use Test::Mytwip::HTTP ();
use Test::Mytwip::System qw/ wait_until /;

use constant PATIENCE => 10;            # seconds for the last answers


# Options: uri (code: number to URI); port; connections (4); depth, requests
# on their way in a connection (1); requests, after which it ends (no end);
# rate, requests a second at most (1000); headers (text).
sub start {
    my ($class, %opt) = @_;

    my $self = bless {
        connections => 4, depth => 1, rate => 1000, headers => '',
        port => $Test::Mytwip::HTTP::PORT, %opt,
        owner => $$,
    }, $class;

    pipe my $report, my $out or die "cannot make a pipe: $!\n";
    pipe my $in, my $switch or die "cannot make a pipe: $!\n";

    $self->{pid} = fork();
    die "cannot fork: $!\n" unless defined $self->{pid};

    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw/ INT TERM HUP ALRM /;
        close $switch;
        close $report;
        my $done = eval { $self->send_all($in); 1 };
        print STDERR "traffic: $@" unless $done;
        print $out encode_json($self->{result}) if $done;
        close $out;
        POSIX::_exit(0);
    }

    @{$self}{qw/ report switch /} = ($report, $switch);

    return $self;
}


# Ends the sending, waits for answers on their way; returns a hash: answered
# (numbers), unanswered (numbers), statuses (code to count), slowest (seconds),
# broken (connections that the server closed with requests on their way).
sub stop {
    my ($self) = @_;

    close delete $self->{switch} if $self->{switch};

    return $self->wait();
}


# The same when the number of requests was given.
sub wait {
    my ($self) = @_;

    local $/;
    my $text = readline $self->{report};

    local $?;
    waitpid delete $self->{pid}, 0;

    die "traffic: its process failed\n" unless $text;

    return decode_json($text);
}


sub DESTROY {
    my ($self) = @_;

    my $pid = delete $self->{pid};

    if ($pid && $self->{owner} == $$) {
        local $?;
        kill 'KILL', $pid;
        waitpid $pid, 0;
    }

    return;
}


# The child

sub send_all {
    my ($self, $switch) = @_;

    my $result = $self->{result} = {
        answered => [], unanswered => [], statuses => {}, slowest => 0,
        broken => 0,
    };

    $SIG{PIPE} = 'IGNORE';

    my @connections = map { { waiting => [] } } 1 .. $self->{connections};
    my $select = IO::Select->new($switch);
    my $begin = time();
    my ($next, $end) = (0);

    while (1) {
        if (!$end) {
            my $due = (time() - $begin) * $self->{rate};

            for my $c (@connections) {
                while (@{$c->{waiting}} < $self->{depth} && $next < $due
                    && (!$self->{requests} || $next < $self->{requests}))
                {
                    $self->connect($c, $select) or last;
                    $self->send_one($c, $next++);
                }
            }

            $end = time() if $self->{requests} && $next >= $self->{requests};
        }

        last if $end && (!grep { @{$_->{waiting}} } @connections);
        last if $end && time() > $end + PATIENCE;

        for my $handle ($select->can_read($end ? 0.1 : 0.002)) {
            if ($handle == $switch) {
                $end = time();
                $select->remove($switch);
                next;
            }

            my ($c) = grep {
                $_->{socket} && $_->{socket} == $handle } @connections;
            $self->receive($c, $select);
        }
    }

    $self->give_up($_, $select) for @connections;

    return;
}


sub connect {
    my ($self, $c, $select) = @_;

    return 1 if $c->{socket};

    $c->{socket} = IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 5);

    if (!$c->{socket}) {
        # the server is away: try again soon
        sleep 0.01;
        return 0;
    }

    $c->{buffer} = '';
    $select->add($c->{socket});

    return 1;
}


sub send_one {
    my ($self, $c, $number) = @_;

    my $uri = $self->{uri}->($number);

    push @{$c->{waiting}}, [ $number, time() ];

    syswrite $c->{socket},
        "GET $uri HTTP/1.1\r\nHost: localhost\r\nUser-Agent: "
        . Test::Mytwip::HTTP::USER_AGENT . "\r\n$self->{headers}\r\n";

    return;
}


sub receive {
    my ($self, $c, $select) = @_;

    my $result = $self->{result};
    my $n = sysread $c->{socket}, $c->{buffer}, 65536, length $c->{buffer};

    if (!$n) {
        $result->{broken}++ if @{$c->{waiting}};
        $self->give_up($c, $select);
        return;
    }

    while (@{$c->{waiting}}
        and my $length = Test::Mytwip::HTTP::whole($c->{buffer}))
    {
        my $answer = substr $c->{buffer}, 0, $length, '';
        my ($number, $sent) = @{shift @{$c->{waiting}}};
        my ($code) = $answer =~ m{\AHTTP/1\.1 (\d+)};

        push @{$result->{answered}}, $number;
        $result->{statuses}{$code || 'none'}++;

        my $took = time() - $sent;
        $result->{slowest} = $took if $took > $result->{slowest};

        if ($answer =~ /^Connection: close\r$/mi) {
            $self->give_up($c, $select);
            last;
        }
    }

    return;
}


sub give_up {
    my ($self, $c, $select) = @_;

    push @{$self->{result}{unanswered}}, map { $_->[0] } @{$c->{waiting}};
    $c->{waiting} = [];

    $select->remove($c->{socket}) if $c->{socket};
    close delete $c->{socket} if $c->{socket};

    return;
}


1;
