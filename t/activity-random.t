#!/usr/bin/perl

# Ten thousand beacons whose bodies are changed at random: each is taken whole
# or refused whole, and nothing else happens.

use strict;
use warnings;

use lib 't/lib';
use JSON::PP;
use Test::More;
use Test::Mytwip;

use constant {
    SEED => $ENV{SEED} || 5,
    BODIES => 10_000,
};

my $t = Test::Mytwip->new()->plan(5);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;

    keepalive_requests        100000;
    client_body_buffer_size   1k;
    client_max_body_size      1m;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location = /a {
            mytwip_activity;
        }

        location = /pid {
            return 200 $pid;
        }
    }
}
EOT

my $pg = $t->pg();

$t->run();

my %type = map { $_ => 1 } qw/ 204 400 413 415 /;
my $pid = http_body(http_get('/pid'));
my ($socket, $events, %answers, @odd);

my @tokens = (qw/ { } [ ] : " \ null true 1e999 -0 0.1 \u0000 \ud800
    activity resource type id at properties user /, q{,},
    '"activity":"x"', "\0", "\xff", "\xc3\xa9", ' ', '[' x 200, '1' x 400, 'x' x 5000, '{"a":' x 50);

my @types = (('application/json') x 8, ('text/plain;charset=UTF-8') x 8,
    'image/gif', 'application/jsonx', '');

srand SEED;

for my $n (1 .. BODIES) {
    my $body = random_body($n);
    my $status = send_body($body);

    $answers{$status}++;
    push @odd, "body $n got $status" unless $type{$status};
    $events += number_of_events($body) if $status eq '204';
}

diag(join ', ', map { "$_: $answers{$_}" } sort keys %answers)
    if $ENV{TEST_VERBOSE};

is("@odd[0 .. ($#odd < 4 ? $#odd : 4)]", '',
    'each body gets 204, 400, 413 or 415, SEED=' . SEED);
is(join(' ', sort keys %answers), '204 400 413 415', 'there are all of them');
cmp_ok($answers{204}, '>', BODIES / 20, 'many are taken');
$t->eventually_is(sub { $pg->value('SELECT count(*) FROM mytwip.activity') },
    $events, 'of what is taken every event is stored, and of the rest none');
is(http_body(http_get('/pid')), $pid, 'the worker is the same');


sub random_body {
    my ($n) = @_;

    my @events = map { qq({"activity":"a.$_","resource":{"type":"t","id":$n},)
        . qq("at":"2026-11-25T01:02:03Z","properties":{"k":[1,"v",null][0]}})
        =~ s/\[1,"v",null\]\[0\]/(1, '"v"', 'null', '-1.5e3')[rand 4]/er }
        1 .. 1 + rand 5;

    # now and then too many of them, or too much
    @events = ($events[0]) x 101 if rand() < 0.005;

    my $body = @events == 1 && rand() < 0.5 ? $events[0]
        : '[' . join(',', @events) . ']';

    $body .= ' ' x 66_000 if rand() < 0.005;

    for (1 .. rand 4) {
        my $at = int rand(1 + length $body);

        if (rand() < 0.5) {
            substr $body, $at, int(rand 4), $tokens[rand @tokens];
        } elsif (rand() < 0.5) {
            substr $body, $at, 1, chr rand 256;
        } else {
            $body = substr $body, 0, $at;
        }
    }

    return $body;
}


# The status of the answer. A connection that was closed after one is made
# anew; 'none' is no answer.
sub send_body {
    my ($body) = @_;

    my $type = $types[rand @types];
    my $request = "POST /a HTTP/1.1\r\nHost: localhost\r\n"
        . ($type ? "Content-Type: $type\r\n" : '')
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body";

    $socket ||= http_connect() or return 'none';
    http_send($socket, $request);

    my $answer = http_answer($socket);
    return 'none' unless defined $answer;

    undef $socket if $answer =~ /^Connection: close\r$/m;

    return $answer =~ m{\AHTTP/1\.1 (\d+) } ? $1 : 'none';
}


# By another reader of JSON than the module's.
sub number_of_events {
    my ($body) = @_;

    my $value = JSON::PP->new()->utf8()->allow_nonref()->decode($body);

    return ref $value eq 'ARRAY' ? scalar @$value : 1;
}
