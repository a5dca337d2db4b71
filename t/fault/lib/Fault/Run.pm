package Fault::Run;

# What all rounds share: a directory, a PostgreSQL cluster, an nginx to compare
# with; and that nothing of it outlives this process, however that ends.

use strict;
use warnings;

use File::Path qw/ remove_tree /;
use POSIX ();
use Time::HiRes qw/ sleep /;

use Fault::Control;
use Fault::Kind;
use Fault::Rig;
use Fault::Round;
use Test::Mytwip::Cluster;
use Test::Mytwip::System qw/ holders make_dir run_command slurp /;

# in the order in which they are listed and provoked
use Fault::Kind::Nginx;
use Fault::Kind::Postgres;
use Fault::Kind::Network;
use Fault::Kind::Journal;
use Fault::Kind::Clock;
use Fault::Kind::Refusal;

my @runs;


sub start {
    my ($class, %opt) = @_;

    my $self = bless { %opt, owner => $$, dir => make_dir('mytwip-fault') },
        $class;

    # all that is made from now on is made in there
    $ENV{TMPDIR} = $self->{dir};
    $self->watch();

    push @runs, $self;
    $SIG{$_} = sub { exit 1 } for qw/ INT TERM HUP /;

    $self->{cluster} = Test::Mytwip::Cluster->create();
    Fault::Rig->prepare($self->{cluster});
    $self->{control} = Fault::Control->start();

    return $self;
}


# A process that outlives this one and then ends and removes what it has left.
sub watch {
    my ($self) = @_;

    pipe my $in, $self->{watched} or die "cannot make a pipe: $!\n";

    $self->{watcher} = fork();
    die "cannot fork: $!\n" unless defined $self->{watcher};

    if ($self->{watcher} == 0) {
        # a signal from the terminal is not for it
        POSIX::setsid();
        $SIG{$_} = 'IGNORE' for qw/ INT TERM HUP /;
        close $self->{watched};
        sysread $in, my $byte, 1;
        tidy($self->{dir});
        POSIX::_exit(0);
    }

    return;
}


# Ends and unmounts what there is below the directory, and removes all but what
# a failed round has kept.
sub tidy {
    my ($dir) = @_;

    return unless -d $dir;

    for (1 .. 20) {
        my @pids = holders($dir) or last;
        kill 'KILL', @pids;
        sleep 0.1;
    }

    for (reverse grep { /^\Q$dir\E\// }
        map { (split ' ')[1] } split /\n/, slurp('/proc/mounts'))
    {
        run_command('umount', '-l', $_);
    }

    remove_tree(grep { !-e "$_/report.txt" } glob "$dir/*");
    rmdir $dir;

    return;
}


# What is missing here for a fault, or undef.
sub missing {
    my ($self, $name) = @_;

    return if $name eq 'mixed';

    my $needs = Fault::Kind::named($name)->{needs} or return;

    return $needs->();
}


# The result of one round: see Fault::Round.
sub round {
    my ($self, $name, $round) = @_;

    my $r = Fault::Round->new(name => $name, round => $round,
        map { $_ => $self->{$_} } qw/ seed cluster control /);

    my $result = $r->run();

    # a fault may have broken off with the server stopped
    $self->{cluster}->stop('immediate')->start()
        if @{$result->{problems}};

    $result->{text} = $r->text();

    return $result;
}


sub finish {
    my ($self) = @_;

    return if $self->{finished}++;

    $self->{control}->stop() if $self->{control};
    $self->{cluster}->destroy() if $self->{cluster};

    # the watcher has the rest
    close $self->{watched};
    local $?;
    waitpid $self->{watcher}, 0;

    return;
}


END {
    local @SIG{qw/ INT TERM HUP /} = ('IGNORE') x 3;
    my @mine = grep { $_->{owner} == $$ } @runs;

    if (@mine) {
        # a database that stands still would hold all of this up
        $_->{cluster}->resume() for grep { $_->{cluster}
            && $_->{cluster}{paused} } @mine;
        Fault::Rig->finish_all();
        $_->finish() for @mine;
    }
}


1;
