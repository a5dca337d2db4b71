package Fault::Client;

# The client of which the checker says what must be in the database: sends
# numbered requests from a process of its own and keeps of each number what
# became of it. What its report has besides Test::Mytwip::Traffic's:
#
#     accepted   numbers whose whole answer said so: these must be stored once
#     shed       numbers whose whole answer said so: these must not be stored
#     refused    numbers answered 503: not done, and the client was told
#     wrong      [ number, first line ] of answers that should not be
#
# "unanswered" may be stored or not, once at most.

use strict;
use warnings;

use Time::HiRes qw/ time /;

use Fault::Child;
use Test::Mytwip::HTTP ();

use parent 'Test::Mytwip::Traffic';

use constant {
    IMAGE => 43,                        # bytes of the pixel
    USES  => 100,                       # of a connection, so that no worker
};                                      # has all of them


# Options besides Traffic's: request (code: number to the text of a request),
# judge (code: whole answer to accepted, shed, refused or wrong), first number.
sub start {
    my ($class, %opt) = @_;

    my $self = $class->SUPER::start(first => 0, %opt, uri => sub { });

    Fault::Child::keep($self->{switch});

    return $self;
}


# In the child.
sub send_all {
    my ($self, $switch) = @_;

    Fault::Child::close_others();

    return $self->SUPER::send_all($switch);
}


# Of a pixel: the image in any case, and a header that tells what was done.
sub judge_pixel {
    my ($answer) = @_;

    return 'wrong'
        unless $answer =~ m{\AHTTP/1\.1 200 .*\r\n\r\nGIF89a}s
            && $answer =~ m{^Content-Type: image/gif\r$}mi
            && length(Test::Mytwip::HTTP::http_body($answer)) == IMAGE;

    return $answer =~ /^X-Result: (accepted|shed)\r$/m ? $1 : 'wrong';
}


# Of a one-click POST, and of a beacon: done, or told to come again.
sub judge_unsubscribe { return judge_post($_[0], 200) }
sub judge_beacon { return judge_post($_[0], 204) }


sub judge_post {
    my ($answer, $done) = @_;

    return 'accepted'
        if $answer =~ m{\AHTTP/1\.1 $done }
            && $answer =~ /^X-Result: accepted\r$/m;

    return $answer =~ m{\AHTTP/1\.1 503 }
        && $answer =~ /^Retry-After: \d+\r$/mi ? 'refused' : 'wrong';
}


sub connect {
    my ($self, $c, $select) = @_;

    $c->{uses} = 0 unless $c->{socket};

    return $self->SUPER::connect($c, $select);
}


sub send_one {
    my ($self, $c, $count) = @_;

    my $number = $self->{first} + $count;

    push @{$c->{waiting}}, [ $number, time() ];
    $c->{uses}++;
    syswrite $c->{socket}, $self->{request}->($number);

    return;
}


sub receive {
    my ($self, $c, $select) = @_;

    my $result = $self->{result};

    $result->{$_} ||= [] for qw/ accepted shed refused wrong /;

    my $n = sysread $c->{socket}, $c->{buffer}, 65536, length $c->{buffer};

    if (!$n) {
        $self->give_up($c, $select);
        return;
    }

    while (@{$c->{waiting}}
        and my $length = Test::Mytwip::HTTP::whole($c->{buffer}))
    {
        my $answer = substr $c->{buffer}, 0, $length, '';
        my ($number, $sent) = @{shift @{$c->{waiting}}};
        my $what = $self->{judge}->($answer);

        push @{$result->{$what}}, $what eq 'wrong'
            ? [ $number, $answer =~ /\A([^\r\n]*)/ ] : $number;

        my $took = time() - $sent;
        $result->{slowest} = $took if $took > $result->{slowest};

        if ($answer =~ /^Connection: close\r$/mi) {
            $self->give_up($c, $select);
            last;
        }
    }

    $self->give_up($c, $select) if !@{$c->{waiting}} && $c->{uses} >= USES;

    return;
}


1;
