package Fault::Proxy;

# Tells t/fault/proxy what to do.

use strict;
use warnings;

use File::Basename qw/ dirname /;
use IPC::Open2;
use JSON::PP;

use Fault::Child;
use Test::Mytwip::System qw/ wait_exit /;

my $program = dirname(__FILE__) . '/../../proxy';


sub start {
    my ($class, $listen, $target) = @_;

    my $self = bless { owner => $$ }, $class;

    $self->{pid} = open2($self->{out}, $self->{in}, $^X, $program, $listen,
        $target);

    Fault::Child::keep($self->{in});

    my $line = readline $self->{out};
    die "the proxy did not start\n" unless $line && $line eq "ready\n";

    return $self;
}


# Returns how many batches were cut at each place so far.
sub tell {
    my ($self, @words) = @_;

    local $SIG{PIPE} = 'IGNORE';

    syswrite $self->{in}, "@words\n";
    my $line = readline $self->{out};
    die "the proxy is gone\n" unless $line;

    return decode_json($line);
}


sub cuts {
    my ($self) = @_;

    my $count = $self->tell('count');
    my $sum = 0;
    $sum += $_ for values %$count;

    return $sum;
}


sub stop {
    my ($self) = @_;

    my $pid = delete $self->{pid} or return;
    return if $self->{owner} != $$;

    close $_ for @{$self}{qw/ in out /};

    kill 'TERM', $pid unless defined wait_exit($pid, 0.5);
    wait_exit($pid, 2);

    return;
}


sub DESTROY {
    my ($self) = @_;

    $self->stop();

    return;
}


1;
