#!/usr/bin/perl

# Requests that no mail client sends. Whatever comes, the worker goes on,
# nobody is unsubscribed by half a request, and nothing that was sent or stored
# becomes a header, a part of a page that does something, another file, SQL, or
# a line of a log.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ wait_until /;

my $t = Test::Mytwip->new()->plan(62);

$t->write_file_expand('nginx.conf', <<'EOT' =~ s/%%ROOT%%/$t->root()/er);
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;

    log_format  short  '$status "$mytwip_kind" "$mytwip_issue"'
                       ' "$mytwip_agent" "$mytwip_result"';

    client_body_timeout  1s;
    client_header_timeout  2s;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        listen       127.0.0.1:%%PORT_1%% http2;
        server_name  localhost;

        access_log   %%TESTDIR%%/short.log short;

        location /o/ {
            mytwip_pixel;
            add_header  X-Result  $mytwip_result;
            add_header  X-Issue   $mytwip_issue;
            add_header  X-Agent   $mytwip_agent;
        }

        location /u/ {
            mytwip_unsubscribe;
            mytwip_pages  %%ROOT%%/conf.example/pages;
            ssi  on;
            set  $mytwip_contact  privacy@example.org;
        }

        location = /a {
            mytwip_activity  origin=https://app.example.org;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$t->run();

my $pg = $t->pg();
my @workers = $t->workers();
my $form = { 'Content-Type' => 'application/x-www-form-urlencoded' };
my $one_click = 'List-Unsubscribe=One-Click';


sub u { return '/u/' . $t->token(1, $_[0], kind => 2) }


# A token of which one letter is another.
sub forged {
    my ($reader, %opt) = @_;

    my $token = $t->token(1, $reader, %opt);

    substr($token, 40, 1) = substr($token, 40, 1) eq 'A' ? 'B' : 'A';

    return $token;
}


sub status_of { return defined $_[0] && $_[0] =~ m{^HTTP/\S+ (\d+)} ? $1 : '' }


# The head of a POST that is about to unsubscribe a reader.
sub head {
    my ($reader, @more) = @_;

    return join "\r\n", 'POST ' . u($reader) . ' HTTP/1.1', 'Host: localhost',
        'Content-Type: application/x-www-form-urlencoded', @more, '', '';
}


sub subscribed {
    my ($reader) = @_;

    return $pg->value('SELECT status FROM mytwip.subscription'
        . " WHERE reader_id = $reader AND newsletter_id = 1") eq 'subscribed';
}


sub alive {
    my ($what) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return is(join(' ', $t->workers()), "@workers", "after $what, it goes on");
}


# bodies

my $socket = http_connect();
http_send($socket, head(1, 'Content-Length: 26') . 'List-Unsubscribe=One-Clic');
ok(wait_until(sub { my $n = sysread $socket, my $rest, 4096; !$n }, 5),
    'a body that does not end is not waited for');
ok(subscribed(1), 'and unsubscribes nobody');

is(status_of(http(head(2, 'Transfer-Encoding: chunked', 'Connection: close')
    . "b;a=\"b;c\"\r\nList-Unsubs\r\n0f ; d\r\ncribe=One-Click\r\n"
    . "0;e=f\r\nTrailer: g\r\n\r\n")), 200, 'chunks with extensions are a body');
ok(!subscribed(2), 'which unsubscribes');

is(status_of(http(head(1, 'Transfer-Encoding: chunked', 'Connection: close')
    . "2000\r\n" . "$one_click&" . 'x' x 8165 . "\r\n0\r\n\r\n")), 413,
    'chunks that are too many are refused');
is(status_of(http(head(1, 'Transfer-Encoding: chunked', 'Connection: close')
    . "fffffffffffffffff\r\n$one_click\r\n0\r\n\r\n")), 400,
    'so is a chunk of any size');
is(status_of(http(head(1, 'Transfer-Encoding: chunked', 'Content-Length: 5',
    'Connection: close') . "1a\r\n$one_click\r\n0\r\n\r\n")), 400,
    'and two lengths at once');
is(status_of(http_post(u(1), "$one_click%00", headers => $form)), 400,
    'and a value that goes on behind a zero');
ok(subscribed(1), 'none of them unsubscribes');

# headers

$socket = http_connect();
for my $part (split /(?<=.{7})/s, head(3, 'Content-Length: 26') . $one_click) {
    http_send($socket, $part);
    select undef, undef, undef, 0.002;
}
is(status_of(http_answer($socket)), 200, 'a request in pieces is one');

$socket = http_connect();
http_send($socket, 'GET ' . $t->pixel(1, 4) . " HTTP/1.1\r\nHost: a\r\n\r\n"
    . head(4, 'Content-Length: 26') . $one_click
    . 'GET ' . $t->pixel(1, 4) . " HTTP/1.1\r\nHost: a\r\n\r\n");
is(join(' ', map { http_answer($socket) =~ /^Content-Type: (\S+)\r$/m }
    1 .. 3), 'image/gif text/plain image/gif',
    'requests in a row are answered in order');

like(status_of(http_get('/o/x', headers => { 'User-Agent' => 'x' x 7000 })),
    qr/^200$/, 'a long User-Agent is read');
like(status_of(http_get('/o/x', headers => { 'X-Large' => 'x' x 100_000 })),
    qr/^(?:400|)$/, 'one header too large is refused');
like(status_of(http_get('/o/' . 'A' x 30_000)), qr/^(?:414|)$/,
    'and a path too large');
is(http_body(http_get('/o/' . 'A' x 7000 . '.gif')),
    http_body(http_get($t->pixel(1, 5))), 'a token of 7000 letters is none');
alive('large headers');

# what was sent does not become a header, nor what was sent as a language a path

for my $uri ('/o/%0d%0aSet-Cookie:%20a=b', "/o/x%0d%0a%0d%0a<script>",
    '/u/%0d%0aSet-Cookie:%20a=b', '/o/x?%0d%0aSet-Cookie:%20a=b',
    $t->pixel(1, 5) . '%0d%0aSet-Cookie:%20a=b')
{
    unlike(http_get($uri) || '', qr/^Set-Cookie|<script/m,
        "$uri puts nothing in") for 1;
}

for my $language ('../../../../../../etc/passwd', 'en/../../de', "en\tx,de",
    'fr' . '-x' x 3000, '%2e%2e%2f', "en;q=1'; DROP TABLE", '*', 'e', '')
{
    my $answer = http_get(u(5), headers => { 'Accept-Language' => $language });

    like($answer, qr{^HTTP/1.1 200 .*<html lang="(?:fr|en|de)">}s,
        'a page for Accept-Language: ' . substr $language, 0, 30);
}

my $origin = http_post('/a', '{"activity":"a"}', headers => {
    'Content-Type' => 'application/json',
    Origin => 'https://app.example.org.evil.example' });

is(status_of($origin), 403, 'a page of another origin is refused');
unlike($origin, qr/^Access-Control/mi, 'and its name is not repeated');

# what is stored does not act in a page

my %stored = (
    ssi    => '<!--#include virtual="/status" --><!--#echo var="request" -->',
    script => q{"><script>alert(1)</script><img src='x' onerror='y'>},
    var    => '$request_id ${mytwip_contact} <!--# set var="a" value="b" -->',
    lines  => "a\r\nSet-Cookie: a=b\r\n\r\n<script>",
);

for my $kind (sort keys %stored) {
    my $title = $stored{$kind} =~ s/'/''/gr;

    $pg->query("UPDATE mytwip.newsletter SET title = E'"
        . ($title =~ s/\r/\\r/gr =~ s/\n/\\n/gr) . "' WHERE id = 1");
    $pg->query("UPDATE mytwip.account SET name = E'"
        . ($title =~ s/\r/\\r/gr =~ s/\n/\\n/gr) . "' WHERE id = 1");

    my $answer = http_get(u(6));

    like($answer, qr{^HTTP/1.1 200 .*&lt;}s, "a title with $kind is shown")
        unless $kind eq 'lines';
    unlike(http_body($answer), qr/<script|<img|"accepted"|<!--/,
        "and $kind in it does nothing");
    unlike(http_headers($answer), qr/Set-Cookie/,
        'and is in no header');
}

$pg->query(q{UPDATE mytwip.newsletter SET title = 'news' WHERE id = 1});
alive('what is stored');

# SQL

my $sql = q{'); DROP TABLE mytwip.open; --};

http_post('/a', qq({"activity":"a","resource":{"type":"r","id":"$sql"},)
    . qq("properties":{"$sql":"$sql\\\\","b":"{\\"c\\",NULL}"}}), headers => {
        'Content-Type' => 'application/json',
        'X-Mytwip-Session' => $sql, Cookie => "mytwip_session=$sql" });

$t->eventually_is(sub { $pg->value('SELECT max(resource_id)'
    . ' FROM mytwip.activity') }, $sql, 'SQL is text where it is stored');
is($pg->value(q{SELECT properties->>'b' FROM mytwip.activity}), '{"c",NULL}',
    'and so is an array');
is(status_of(http_post(u(6), "action=$sql&reason=$sql", headers => $form)), 400,
    'a form with it asks for nothing');
is(status_of(http_post(u(6), "action=unsubscribe&reason=$sql",
    headers => $form)), 200, 'a reason with it is a reason');

# who there is, is not told

my $known = http_get($t->pixel(1, 8));
is(http_headers(http_get($t->pixel(1, 999_999))), http_headers($known),
    'an open of nobody is answered as one of somebody');

my $forged = sub {
    return http_get('/u/' . forged($_[0], kind => 2))
        =~ s/nonce[-=]\S+//gr =~ s/^Date: .*//mr;
};

is($forged->(8), $forged->(999_999), 'and a forged link too');
is(status_of(http_get(u(999_999))), 200,
    'a link to somebody who is gone still gives a page');
is(status_of(http_post(u(999_999), $one_click, headers => $form)), 200,
    'and still says that it unsubscribes');


# HTTP/2 without TLS: frames as they are.

sub frame {
    my ($type, $flags, $stream, $data) = @_;

    return substr(pack('N', length $data), 1) . pack('CCN', $type, $flags,
        $stream) . $data;
}


# Headers that use no table: each a literal.
sub block {
    my (@headers) = @_;

    my $block = '';

    while (my ($name, $value) = splice @headers, 0, 2) {
        my $length = length $value;
        $block .= "\0" . pack('C/a*', $name)
            . ($length < 127 ? pack('C', $length)
                : pack('CC', 127, $length - 127)) . $value;
    }

    return $block;
}


sub h2 {
    my $h2 = http_connect(port => $t->port(1));

    http_send($h2, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(4, 0, 0, ''));

    return $h2;
}


# Half of each of 100 requests, and a reset.
for my $round (1 .. 5) {
    my $h2 = h2();
    my $sent = '';

    for my $i (1 .. 100) {
        my $stream = 2 * $i - 1;
        my $post = $i % 2;

        $sent .= frame(1, $post ? 4 : 5, $stream, block(
            ':method' => $post ? 'POST' : 'GET', ':scheme' => 'http',
            ':authority' => 'localhost',
            ':path' => $post ? u(9) : $i % 4 ? $t->pixel(1, 9) : u(9),
            'content-type' => 'application/x-www-form-urlencoded'));
        $sent .= frame(0, 0, $stream, 'List-Unsubscribe=One-C') if $post;
        $sent .= frame(3, 0, $stream, pack 'N', 8);
    }

    http_send($h2, $sent);
    close $h2 if $round % 2;
}

# and whole ones, whose answer is not waited for

for my $round (1 .. 5) {
    my $h2 = h2();

    http_send($h2, join '', map {
        frame(1, 4, 2 * $_ - 1, block(':method' => 'POST',
            ':scheme' => 'http', ':authority' => 'localhost',
            ':path' => u(100 + $_),
            'content-type' => 'application/x-www-form-urlencoded'))
        . frame(0, 1, 2 * $_ - 1, $one_click)
        . frame(3, 0, 2 * $_ - 1, pack 'N', 8) } 1 .. 20);
    close $h2;
}

ok(subscribed(9), 'half a request over HTTP/2 unsubscribes nobody');
is(status_of(http_get('/status')), 200, 'resets cost it nothing');
alive('HTTP/2 with resets');

# forged tokens

$t->eventually(sub { $t->settled() }, 'all that came is stored');

my $before = $t->status()->{total};
my $rows = $pg->value('SELECT count(*) FROM mytwip.open');

for my $round (1 .. 20) {
    my $flood = http_connect();
    my $sent = '';

    $sent .= 'GET /o/' . forged($_) . ".gif HTTP/1.1\r\nHost: a\r\n\r\n"
        for 1 .. 100;

    http_send($flood, $sent);
    http_answer($flood) for 1 .. 100;
}

$t->eventually_is(sub { $t->status()->{total}{rejected}{forged}
    - $before->{rejected}{forged} }, 2000, 'a flood of forged tokens');

my $after = $t->status()->{total};

is("$after->{accepted} $after->{pending}{bytes} $after->{journal}{bytes}",
    "$before->{accepted} $before->{pending}{bytes} $before->{journal}{bytes}",
    'costs no room in the journal');
is($pg->value('SELECT count(*) FROM mytwip.open'), $rows, 'and no row');

# the logs

is(scalar(grep { !/^\d{3} "[\w-]*" "[\d-]*" "[\w-]*" "[\w-]*"$/ }
    split /\n/, $t->read_file('short.log')), 0,
    'each request is one line of the access log');
is(scalar(grep { !m{^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[\w+\] } }
    split /\n/, $t->error_log()), 0, 'each message one of the error log');
alive('all of this');
