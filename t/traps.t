#!/usr/bin/perl

# A trap: a link that no person sees, from mail_links to the verdict.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(10);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;
    mytwip_batch    rows=1 delay=1ms;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ { mytwip_pixel; }
        location = /status { mytwip_status; }
    }
}
EOT

$t->run();

my $pg = $t->pg();


sub verdicts {
    my ($reader) = @_;

    return $pg->value('SELECT string_agg(name, \' \' ORDER BY o.at)'
        . ' FROM mytwip.open AS o JOIN mytwip.verdict ON code = verdict'
        . " WHERE reader_id = $reader");
}


$pg->query("SET mytwip.base_url = 'http://localhost'");
$pg->query('UPDATE mytwip.newsletter SET trap = true WHERE id = 1');

my ($pixel, $trap) = @{($pg->rows('SELECT pixel_url, trap_url'
    . ' FROM mytwip.mail_links(1, 7)'))[0]};

s{^http://localhost}{} for $pixel, $trap;

is(http_body(http_get($trap)), http_body(http_get($pixel)),
    'a trap has the answer of the pixel');

$t->eventually_is(sub { verdicts(7) }, 'trap',
    'who follows it is a machine, and so is the open of the same mail');

http_get($t->pixel(1, 8));
$t->eventually_is(sub { verdicts(8) }, 'unknown', 'of no other mail');

# one after the other, each in a batch of its own
http_get($t->pixel(1, 9));
http_get($t->pixel(1, 9, kind => 3));
$t->eventually_is(sub { verdicts(9) }, 'trap',
    'a trap that comes after the batch of its open finds it');

http_get($t->pixel(1, 10, kind => 3));
http_get($t->pixel(1, 10));
$t->eventually_is(sub { verdicts(10) }, 'trap', 'and so does one before it');

is($pg->value('SELECT count(*) FROM mytwip.trap WHERE matched'), 3,
    'each has been matched');
is($pg->value('SELECT machine_opens FROM mytwip.issue_report'
    . ' WHERE issue_id = 1'), 3, 'and their opens are counted as a machine\'s');


# who objects with the request
like(http(<<EOT), qr/200 OK/, 'a trap of who objects is answered');
GET $trap HTTP/1.0
Host: localhost
DNT: 1

EOT

http_get($t->pixel(1, 11));
$t->eventually_is(sub { verdicts(11) }, 'unknown', 'another open is stored');
is($pg->value('SELECT count(*) FROM mytwip.trap'), 3,
    'and the hit is not kept');
