package Bench::Run;

# What all rows share: the cluster, the files of requests, the cores, and that
# nothing of it outlives this process.

use strict;
use warnings;

use JSON::PP ();
use Time::HiRes qw/ time /;

use Bench::Cluster;
use Bench::Proc qw/ machine /;
use Bench::Rig;
use Test::Mytwip::System qw/ run_command /;

my @runs;


# By name: out, where it says what it does.
sub start {
    my ($class, %opt) = @_;

    my $self = bless {
        out => \*STDOUT, %opt, owner => $$, begin => time(),
    }, $class;

    push @runs, $self;
    $SIG{$_} = sub { exit 1 } for qw/ INT TERM HUP /;

    $self->{machine} = machine();
    $self->pin();

    $self->{cluster} = Bench::Cluster->create();
    $self->{home} = Bench::Rig->new(cluster => $self->{cluster});
    $self->say('%d readers, %d issues', $self->{cluster}->readers(),
        $self->{cluster}->issues());

    return $self;
}


# The load, nginx, PostgreSQL and the application all run on the same cores:
# the first two unless CORES= says others.
sub pin {
    my ($self) = @_;

    my $cores = $ENV{CORES}
        || ($self->{machine}{cores} > 1 ? '0,1' : '0');

    my ($rc, $text) = run_command('taskset', '-cp', $cores, $$);
    die "taskset failed: $text" if $rc;

    $self->{machine}{used} = $cores;

    return;
}


# The file with the requests for what is at the prefix: the same for all.
sub requests {
    my ($self, $prefix) = @_;

    $self->{requests}{$prefix} ||=
        ($self->{home}->pixel_requests($prefix))[0];

    return $self->{requests}{$prefix};
}


sub say {
    my ($self, $format, @values) = @_;

    printf {$self->{out}} "[%4d s] $format\n", time() - $self->{begin},
        @values;

    return;
}


sub finish {
    my ($self) = @_;

    Bench::Rig::finish_all();
    $self->{cluster}->destroy() if $self->{cluster};

    return;
}


END {
    for my $run (grep { $_->{owner} == $$ } @runs) {
        local $?;
        local @SIG{qw/ INT TERM HUP /} = ('IGNORE') x 3;
        $run->finish();
    }
}


1;
