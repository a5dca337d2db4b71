package Fault::Child;

# A helper process ends when its pipe does, and so when this process is gone,
# however it went. For that, nobody else may hold the pipe's other end: a
# process forked later lets go of what it inherited.

use strict;
use warnings;

use Scalar::Util qw/ isweak weaken /;

my @kept;


# An end of a pipe that is this process's alone.
sub keep {
    my ($handle) = @_;

    # a copy of a weak reference is not weak
    @kept = (grep({ defined } @kept), $handle);
    isweak($_) || weaken($_) for @kept;

    return;
}


# In a new child.
sub close_others {
    close $_ for grep { defined } splice @kept;

    return;
}


1;
