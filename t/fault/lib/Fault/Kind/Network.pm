package Fault::Kind::Network;

# Faults between nginx and PostgreSQL: see t/fault/proxy.

use strict;
use warnings;

use Fault::Kind qw/ fault /;
use Test::Mytwip::System qw/ wait_until /;


# The next batches are cut at this place, one after the other.
sub cut {
    my ($about, @where) = @_;

    return (
        about => $about,
        on    => 'network',
        told  => qr/database: .*(?:reset|closed the connection)/,
        over  => qr/database takes events again/,
        lines => 8,
        args  => sub {
            my ($random) = @_;

            return (where => $random->pick(@where),
                times => $random->integer(1, 4), hold => 0.1);
        },
        begin => sub {
            my ($rig, $args) = @_;

            $args->{before} = $rig->proxy()->cuts();
            $rig->proxy()->tell('cut', $args->{where}, $args->{times});
        },
        end => sub {
            my ($rig, $args) = @_;

            my $all = delete($args->{before}) + $args->{times};

            # not all of them, where other faults leave too little to cut
            wait_until(sub { $rig->proxy()->cuts() >= $all }, 8);
            $rig->proxy()->tell('disarm');
        },
    );
}


fault 'cut-batch' => (
    cut('the connection is reset in the middle of a batch', qw/ batch sync /),
    check => \&was_cut,
);


fault 'cut-commit' => (
    cut('the connection is reset between COMMIT and its confirmation',
        qw/ commit ready /),
    check => \&was_cut,
);


sub was_cut {
    my ($rig) = @_;

    return $rig->proxy()->cuts() > 0 ? () : 'no batch was cut';
}


fault 'net-silent' => (
    about => 'the network is silent for a while, then all is reset',
    on    => 'network',
    told  => qr/database: .*(?:reset|closed|timed out)/,
    over  => qr/database takes events again/,
    lines => 5,
    args  => sub {
        my ($random) = @_;

        return (hold => $random->seconds(0.5, 3.5));
    },
    begin => sub { $_[0]->proxy()->tell('block') },
    end   => sub {
        my ($rig) = @_;

        $rig->proxy()->tell('reset');
        $rig->proxy()->tell('pass');
    },
);


1;
