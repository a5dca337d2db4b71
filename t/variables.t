#!/usr/bin/perl

# $mytwip_kind, $mytwip_issue and $mytwip_result, where nginx takes variables.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(14);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;

    log_format  mytwip  "$status kind=$mytwip_kind issue=$mytwip_issue"
                        " result=$mytwip_result";

    map $mytwip_result $word {
        accepted  good;
        default   bad;
    }

    limit_req_zone $mytwip_issue zone=issue:1m rate=1r/m;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
            access_log %%TESTDIR%%/o.log mytwip;
            add_header X-Word $word;
        }

        location /limited/ {
            mytwip_pixel;
            limit_req zone=issue;
            limit_req_status 429;
            add_header X-Issue $mytwip_issue always;
        }

        location /elsewhere {
            return 200 "$mytwip_kind,$mytwip_issue,$mytwip_result";
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$t->run();


sub logged {
    my ($uri, %opt) = @_;

    my $seen = -e $t->dir() . '/o.log' ? length $t->read_file('o.log') : 0;
    my $line;

    http_get($uri, %opt);
    Test::Mytwip::System::wait_until(sub {
        -e $t->dir() . '/o.log'
            and $line = substr $t->read_file('o.log'), $seen;
    });

    chomp $line;

    return $line;
}


# log_format

is(logged($t->pixel(3, 7)), '200 kind=pixel issue=3 result=accepted',
    'the log has the issue of a good token');
is(logged('/o/x'), '200 kind=pixel issue=- result=malformed',
    'and none of a malformed one');
is(logged($t->pixel(3, 7, kind => 4)),
    '200 kind=pixel issue=- result=wrong_kind',
    'nor of one of another kind');
is(logged($t->pixel(3, 7, kind => 3)),
    '200 kind=trap issue=3 result=accepted', 'a link is a trap');
like(http_get($t->pixel(3, 7, kind => 3)), qr/^Content-Length: 43\r$/m,
    'with the same answer');
is(logged($t->pixel(3, 7, key => 9)),
    '200 kind=pixel issue=- result=unknown_key',
    'nor of one with an unknown key');
is(logged($t->pixel(3, 7, secret => 'x' x 32)),
    '200 kind=pixel issue=- result=forged', 'nor of a forged one');
like(logged($t->pixel(3, 7), method => 'POST'),
    qr/^405 kind=pixel issue=3 result=-?$/,
    'a method that is not allowed has no result');

# map

like(http_get($t->pixel(3, 7)), qr/^X-Word: good\r$/m,
    'a map takes the result');
like(http_get('/o/x'), qr/^X-Word: bad\r$/m, 'whatever it is');

# limit_req, before the handler

my $limited = sub { $t->pixel($_[0], 7) =~ s{^/o}{/limited}r };

http_get($limited->(4));

like(http_get($limited->(4)), qr/^HTTP\S+ 429 .*^X-Issue: 4\r$/ms,
    'limit_req takes the issue');
like(http_get($limited->(5)), qr/^HTTP\S+ 200 /, 'one by one');

# counted once, however often it is asked for, and not if it is not answered

$t->eventually(sub { $t->settled() }, 'what is accepted is stored');

is(http_body(http_get('/elsewhere')), ',,',
    'in other locations they are empty');
