#!/usr/bin/perl

# The pixel: what a mail client gets, and what comes of it in the tables.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(33);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$t->run();

my $pg = $t->pg();
my $before = $pg->value('SELECT clock_timestamp()');

# the answer

my $answer = http_get($t->pixel(1, 7));

like($answer, qr{^HTTP/1\.1 200 OK\r\n}, 'the pixel is answered');
like($answer, qr{^Content-Type: image/gif\r$}m, 'with an image');
like($answer, qr{^Content-Length: 43\r$}m, 'of 43 bytes');
is(length http_body($answer), 43, 'which come');
like(http_body($answer), qr{\AGIF89a\x01\0\x01\0.*;\z}s,
    'a GIF of 1 by 1');
like($answer, qr{^Cache-Control: no-store, private\r$}m,
    'that nobody may keep');
unlike($answer, qr{^(?:Set-Cookie|ETag|Last-Modified|Location|Expires):}mi,
    'without a header by which a reader could be known again');

# the row

$t->eventually_is(sub { $pg->value('SELECT count(*) FROM mytwip.open') }, 1,
    'the open is stored');

my ($row) = $pg->rows(<<"EOT");
SELECT account_id, issue_id, reader_id, agent,
       at BETWEEN date_trunc('milliseconds', '$before'::timestamptz)
              AND clock_timestamp()
  FROM mytwip.open
EOT

is($row->[0], 1, 'with the account of the issue');
is($row->[1], 1, 'with the issue of the token');
is($row->[2], 7, 'with the reader of the token');
is($row->[3], 0, 'by an unknown agent');
is($row->[4], 't', 'at the time of the request');

# other spellings of the same


# What is the same in any two answers.
sub same {
    my ($text) = @_;

    return http_headers($text) . http_body($text);
}


$pg->query('TRUNCATE mytwip.open');

my $token = $t->token(2, 9);

for my $name ('/o/TOKEN', '/o/TOKEN.gif?a=b', '/o/a/b/TOKEN.gif') {
    is(same(http_get($name =~ s/TOKEN/$token/r)), same($answer),
        "the same answer for $name");
}

is(same(http_get('/o/' . $token =~ s/(.)/sprintf '%%%02x', ord $1/er)),
    same($answer), 'and for a token that is partly escaped');

$t->eventually_is(sub { $pg->value('SELECT sum(fetches) FROM mytwip.open'
    . ' WHERE issue_id = 2 AND reader_id = 9') }, 4,
    'the token is the last segment of the path, with or without .gif');

# HEAD

$pg->query('TRUNCATE mytwip.open');

my $head = http_head($t->pixel(3, 7));

is(http_body($head), '', 'HEAD has no body');
is(http_headers($head), http_headers($answer), 'and the headers of GET');

$t->eventually_is(sub { $pg->value('SELECT agent FROM mytwip.open'
    . ' WHERE issue_id = 3 AND reader_id = 7') }, 3,
    'HEAD is recorded as a machine');

# other methods

$pg->query('TRUNCATE mytwip.open');

for my $method (qw/ POST PUT DELETE OPTIONS /) {
    like(http_get($t->pixel(4, 7), method => $method),
        qr/^HTTP\S+ 405 /, "$method is not allowed");
}

like(http_post($t->pixel(4, 7), 'a=b'), qr/^HTTP\S+ 405 /,
    'a form is not accepted');

# a body that nobody asked for

like(http_get($t->pixel(5, 7), body => 'x' x 70000), qr/^HTTP\S+ 200 /,
    'a body sent with GET is ignored');

# a connection that is kept, with requests sent ahead

my $socket = http_connect();

http_send($socket, join '', map { "GET $_ HTTP/1.1\r\nHost: localhost\r\n"
    . "User-Agent: test\r\n\r\n" } map { $t->pixel(6, $_) } 1 .. 20);

my @answers = map { http_answer($socket) } 1 .. 20;

is(scalar(grep { defined && /^HTTP\S+ 200 / && http_body($_)
    eq http_body($answer) } @answers), 20,
    'requests sent ahead on one connection are all answered');
close $socket;

$t->eventually_is(sub { $pg->value('SELECT count(DISTINCT reader_id)'
    . ' FROM mytwip.open WHERE issue_id = 6') }, 20, 'and all are stored');

$t->eventually(sub { $t->settled() }, 'nothing is left to be stored');

is($pg->value('SELECT count(*) FROM mytwip.open'), 21,
    'and nothing else was stored');
is($pg->value('SELECT count(*) FROM mytwip.rejected'), 0,
    'nothing was rejected');

is($pg->value('SELECT opens FROM mytwip.issue_report WHERE issue_id = 6'), 20,
    'the report of the issue counts them');
