package Fault::Probe;

# Whether the event loop stays responsive: a process of its own asks at a
# steady rate for a small static file of the nginx under test, each time on a
# connection that waits for nothing else, and for the same file of an nginx
# without the module. What is late in both is the machine's doing.
#
# A connection is used for some requests and then closed, so that every worker
# is asked. Of each worker it notes the memory that is its own.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP;
use POSIX ();
use Time::HiRes qw/ clock_gettime CLOCK_MONOTONIC /;

use Fault::Child;
use Test::Mytwip::HTTP ();

use constant {
    RATE        => 200,                 # requests a second to each nginx
    USES        => 20,                  # of a connection
    CONNECTIONS => 24,                  # to each, at most
    LOOK        => 0.5,                 # seconds between looks at memory
    SETTLED     => 2,                   # seconds, until its memory is grown
    PATIENCE    => 5,                   # seconds for the last answers
};


# By name: subject and control (ports), uri.
sub start {
    my ($class, %opt) = @_;

    my $self = bless { %opt, owner => $$ }, $class;

    pipe my $report, my $out or die "cannot make a pipe: $!\n";
    pipe my $in, my $switch or die "cannot make a pipe: $!\n";

    $self->{pid} = fork();
    die "cannot fork: $!\n" unless defined $self->{pid};

    if ($self->{pid} == 0) {
        $SIG{$_} = 'DEFAULT' for qw/ INT TERM HUP ALRM /;
        close $switch;
        close $report;
        Fault::Child::close_others();
        # only root may; without, what it measures is a little more of itself
        eval { setpriority 0, 0, -10 };
        my $done = eval { $self->measure($in); 1 };
        print STDERR "probe: $@" unless $done;
        print $out encode_json($self->{result}) if $done;
        close $out;
        POSIX::_exit(0);
    }

    @{$self}{qw/ report switch /} = ($report, $switch);
    Fault::Child::keep($switch);

    return $self;
}


# Returns a hash: subject and control, lists of [ when, seconds ]; wrong
# (answers), broken (connections), memory (pid to [ first, most ] bytes).
sub stop {
    my ($self) = @_;

    close delete $self->{switch};

    local $/;
    my $text = readline $self->{report};

    local $?;
    waitpid delete $self->{pid}, 0;

    die "probe: its process failed\n" unless $text;

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

sub now { return clock_gettime(CLOCK_MONOTONIC) }


sub measure {
    my ($self, $switch) = @_;

    $SIG{PIPE} = 'IGNORE';

    my $result = $self->{result} = {
        subject => [], control => [], wrong => 0, broken => 0, memory => {},
    };
    my $select = IO::Select->new($switch);
    my $look = my $begin = now();
    my ($sent, $end) = (0);

    $self->{$_} = { name => $_, port => $self->{$_}, idle => [], open => 0 }
        for qw/ subject control /;

    while (1) {
        my $now = now();

        while (!$end && $begin + $sent / RATE <= $now) {
            $self->ask($self->{$_}, $begin + $sent / RATE, $select)
                for qw/ subject control /;
            $sent++;
        }

        if ($now > $look) {
            $self->weigh();
            $look = $now + LOOK;
        }

        last if $end
            && ($now > $end + PATIENCE || !grep { $self->{$_}{open} }
                qw/ subject control /);

        my $wait = $end ? 0.05 : $begin + $sent / RATE - now();

        for my $socket ($select->can_read($wait > 0 ? $wait : 0)) {
            if ($socket == $switch) {
                $end = now();
                $select->remove($switch);
                $self->close_idle($select);
            } else {
                $self->hear($socket, $select, $end);
            }
        }
    }

    return;
}


# Counts from when it was due only if there was no connection to send it on:
# how late this process itself is says nothing of nginx.
sub ask {
    my ($self, $server, $due, $select) = @_;

    my $socket = shift @{$server->{idle}};

    if (!$socket) {
        if ($server->{open} >= CONNECTIONS) {
            push @{$server->{late}}, $due;
            return;
        }

        $socket = IO::Socket::INET->new(
            PeerAddr => '127.0.0.1', PeerPort => $server->{port});

        # nobody listens: the fault's doing, and the client sees it, too
        return unless $socket;

        $server->{open}++;
        $select->add($socket);
        ${*$socket}{probe} = { server => $server, uses => 0 };
    }

    $self->send_request($socket, now());

    return;
}


sub send_request {
    my ($self, $socket, $when) = @_;

    my $c = ${*$socket}{probe};

    $c->{sent} = $when;
    $c->{buffer} = '';
    $c->{uses}++;

    syswrite $socket, "GET $self->{uri} HTTP/1.1\r\nHost: localhost\r\n\r\n";

    return;
}


sub hear {
    my ($self, $socket, $select, $end) = @_;

    my $c = ${*$socket}{probe};
    my $n = sysread $socket, $c->{buffer}, 65536, length $c->{buffer};

    if (!$n) {
        $self->{result}{broken}++ if $c->{sent};
        $self->hang_up($socket, $select);
        return;
    }

    return unless Test::Mytwip::HTTP::whole($c->{buffer});

    my $server = $c->{server};

    $self->note($server, $c);
    $c->{sent} = undef;

    if ($end || $c->{uses} >= USES
        || $c->{buffer} =~ /^Connection: close\r$/mi)
    {
        $self->hang_up($socket, $select);

    } elsif (my $due = shift @{$server->{late} || []}) {
        $self->send_request($socket, $due);

    } else {
        push @{$server->{idle}}, $socket;
    }

    return;
}


sub note {
    my ($self, $server, $c) = @_;

    push @{$self->{result}{$server->{name}}},
        [ $c->{sent}, sprintf('%.6f', now() - $c->{sent}) + 0 ];

    $self->{result}{wrong}++ unless $c->{buffer} =~ m{\AHTTP/1\.1 200 };

    $self->{seen}{$1} ||= now()
        if $c->{buffer} =~ /^X-Worker: (\d+)\r$/m;

    return;
}


sub hang_up {
    my ($self, $socket, $select) = @_;

    my $server = ${*$socket}{probe}{server};

    @{$server->{idle}} = grep { $_ != $socket } @{$server->{idle}};
    $server->{open}--;
    $select->remove($socket);
    close $socket;

    return;
}


sub close_idle {
    my ($self, $select) = @_;

    for my $server (@{$self}{qw/ subject control /}) {
        my @idle = @{$server->{idle}};
        $self->hang_up($_, $select) for @idle;
    }

    return;
}


# Memory that is of one process alone: not the journal, which is the page
# cache's. What a worker takes as it starts is not growth.
sub weigh {
    my ($self) = @_;

    my $memory = $self->{result}{memory};

    for my $pid (keys %{$self->{seen}}) {
        next if now() < $self->{seen}{$pid} + SETTLED;

        open my $file, '<', "/proc/$pid/status" or next;
        my ($kilobytes) = map { /^RssAnon:\s+(\d+)/ ? $1 : () } <$file>;
        next unless $kilobytes;

        my $m = $memory->{$pid} ||= [ $kilobytes * 1024, 0 ];
        $m->[1] = $kilobytes * 1024 if $kilobytes * 1024 > $m->[1];
    }

    return;
}


1;
