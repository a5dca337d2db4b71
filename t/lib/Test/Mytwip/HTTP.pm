package Test::Mytwip::HTTP;

# An HTTP client that shows what was really sent: an answer is the text as it
# came, status line, headers and body.

use strict;
use warnings;

use Exporter qw/ import /;
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw/ time /;

our @EXPORT = qw/
    http http_get http_head http_post http_body http_headers http_connect
    http_send http_answer timed
/;

use constant TIMEOUT => 8;              # seconds without a byte

# a person's browser
use constant USER_AGENT => 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0)'
    . ' Gecko/20100101 Firefox/128.0';

our $PORT;                              # where requests go unless told


# Options of all: port; headers (hash; undef leaves one out); method and body
# for http_get and its like. The connection is closed after the answer.
sub http_get {
    my ($uri, %opt) = @_;

    my %headers = (
        Host => 'localhost', Connection => 'close',
        'User-Agent' => USER_AGENT, %{$opt{headers} || {}});
    my $body = defined $opt{body} ? $opt{body} : '';

    $headers{'Content-Length'} = length $body
        if defined $opt{body} && !exists $headers{'Content-Length'};

    my $request = ($opt{method} || 'GET') . " $uri HTTP/1.1\r\n"
        . join('', map { "$_: $headers{$_}\r\n" }
            grep { defined $headers{$_} } sort keys %headers)
        . "\r\n$body";

    return http($request, %opt);
}


sub http_head {
    my ($uri, %opt) = @_;

    return http_get($uri, %opt, method => 'HEAD');
}


sub http_post {
    my ($uri, $body, %opt) = @_;

    return http_get($uri, %opt, method => 'POST', body => $body);
}


# Sends the request as it is; returns all that came until the server closed,
# or undef if it did not.
sub http {
    my ($request, %opt) = @_;

    my $socket = http_connect(%opt) or return;

    http_send($socket, $request);

    return http_rest($socket);
}


sub http_connect {
    my (%opt) = @_;

    return IO::Socket::INET->new(
        PeerAddr => '127.0.0.1', PeerPort => $opt{port} || $PORT,
        Timeout => TIMEOUT);
}


sub http_send {
    my ($socket, $request) = @_;

    local $SIG{PIPE} = 'IGNORE';

    return syswrite $socket, $request;
}


sub http_rest {
    my ($socket) = @_;

    my $answer = '';
    my $select = IO::Select->new($socket);

    while ($select->can_read(TIMEOUT)) {
        my $n = sysread $socket, $answer, 65536, length $answer;
        return $n ? undef : $answer if !defined $n || $n == 0;
    }

    return;
}


# One answer of a connection that stays open; undef if it did not come whole.
# What came behind it is kept in *$socket for the next call.
sub http_answer {
    my ($socket, %opt) = @_;

    my $timeout = $opt{timeout} || TIMEOUT;
    my $rest = \${*$socket}{rest};
    my $select = IO::Select->new($socket);

    $$rest = '' unless defined $$rest;

    while (1) {
        my $length = whole($$rest);
        return substr $$rest, 0, $length, '' if $length;

        return unless $select->can_read($timeout);
        return unless sysread $socket, $$rest, 65536, length $$rest;
    }
}


# The length of the answer at the beginning of the text, 0 if it is not whole.
# Only for answers with a Content-Length.
sub whole {
    my ($text) = @_;

    my $end = index $text, "\r\n\r\n";
    return 0 if $end < 0;

    my ($length) = substr($text, 0, $end + 2)
        =~ /^Content-Length: (\d+)\r$/mi;

    my $all = $end + 4 + ($length || 0);

    return length $text >= $all ? $all : 0;
}


sub http_body {
    my ($answer) = @_;

    return defined $answer && $answer =~ /\r\n\r\n(.*)\z/s ? $1 : undef;
}


# The headers as a text, without what differs between any two answers.
sub http_headers {
    my ($answer) = @_;

    return unless defined $answer && $answer =~ /\A(.*?\r\n)\r\n/s;

    return $1 =~ s/^Date: .*?\r\n//mr;
}


# Calls the code; returns the seconds it took, then what it returned.
sub timed {
    my ($code) = @_;

    my $start = time();
    my @got = $code->();

    return (time() - $start, @got);
}


1;
