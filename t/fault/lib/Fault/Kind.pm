package Fault::Kind;

# The kinds of fault, by name. Each file of Fault/Kind/ declares some:
#
#     fault 'kill-worker' => (
#         about => 'a worker is killed, again and again',
#         on    => 'nginx',
#         args  => sub { my ($random, $round) = @_; return (times => 3) },
#         begin => sub { my ($rig, $args) = @_; ... },
#     );
#
# about      for the reader of a schedule
# on         what it is done to (nginx, database, network): one at a time of
#            each; without it the kind is never mixed with others
# args       what is drawn; hold: seconds between begin and end
# begin, end what is done; both return when it is done
# rig        options of Fault::Rig, from the drawn ones
# rate       pixels a second, if not the usual
# cluster    makes the cluster, if the common one will not do
# needs      what a machine must have: code that returns what is missing
# told, over what the log says of it, and of its end
# status     what the last error in the status says of it, while it lasts
# expect     lines of level alert, crit or emerg that it brings
# lines      how many lines of level notice or worse it may bring a worker,
#            for each time it begins
# ledger     code: more for Fault::Ledger, from the rig
# check      code: sentences on what else is wrong, from the rig and the args

use strict;
use warnings;

use Exporter qw/ import /;

our @EXPORT_OK = qw/ fault named names mixable /;

my (%kinds, @order);


sub fault {
    my ($name, %kind) = @_;

    die "the fault \"$name\" is there already\n" if $kinds{$name};

    $kinds{$name} = { name => $name, args => sub { }, end => sub { }, %kind };
    push @order, $name;

    return;
}


sub names { return @order }


sub named {
    my ($name) = @_;

    return $kinds{$name} || die "there is no fault \"$name\"; there are: "
        . join(', ', @order) . "\n";
}


# Those on this, for a mixture.
sub mixable {
    my ($on) = @_;

    return grep { ($_->{on} || '') eq $on && !$_->{rig} }
        map { $kinds{$_} } @order;
}


1;
