package Bench::Wrk;

# The load: wrk with load.lua.

use strict;
use warnings;

use Exporter qw/ import /;
use File::Basename qw/ dirname /;
use Cwd qw/ realpath /;
use JSON::PP qw/ decode_json /;

use Test::Mytwip::System qw/ run_command spew /;

our @EXPORT_OK = qw/ load write_requests get post /;

my $DIR = realpath(dirname(__FILE__) . '/../..');


# By name: port, file; seconds (or count), connections, rate, timeout. Returns
# what load.lua tells. Broken connections and answers other than 2xx and 3xx
# are errors.
sub load {
    my (%opt) = @_;

    my ($rc, $text) = run_command('wrk', '-t1',
        '-c', $opt{connections} || 64, '-d', ($opt{seconds} || 300) . 's',
        '--timeout', '10s', '-s', "$DIR/load.lua",
        "http://127.0.0.1:$opt{port}/", '--', $opt{file}, $opt{count} || 0,
        $opt{rate} || 0);

    my ($json) = $text =~ /^BENCH (.*)$/m;
    die "wrk failed:\n$text" if $rc || !$json;

    my $said = decode_json($json);

    die "wrk: $said->{broken} broken, $said->{refused} refused of"
        . " $said->{requests} requests\n"
        if $said->{broken} || $said->{refused} || !$said->{requests};

    return $said;
}


sub write_requests {
    my ($path, @requests) = @_;

    spew($path, join '', map { length($_) . "\n$_" } @requests);

    return $path;
}


sub get {
    my ($uri, $agent) = @_;

    return "GET $uri HTTP/1.1\r\nHost: news.example.org\r\n"
        . (defined $agent ? "User-Agent: $agent\r\n" : '')
        . "Accept: image/*\r\n\r\n";
}


sub post {
    my ($uri, $type, $body, @headers) = @_;

    return "POST $uri HTTP/1.1\r\nHost: news.example.org\r\n"
        . join('', map { "$_\r\n" } @headers)
        . "Content-Type: $type\r\nContent-Length: " . length($body)
        . "\r\n\r\n$body";
}


1;
