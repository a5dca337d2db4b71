#!/usr/bin/perl

# The privacy page: what it says, what its buttons record, and what of a
# request is no business of it.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(58);

$t->write_file_expand('nginx.conf', <<'EOT' =~ s/%%ROOT%%/$t->root()/er);
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    log_format  kind  '$request_method $mytwip_kind $mytwip_result';

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /p/ {
            mytwip_privacy;
            mytwip_pages %%ROOT%%/conf.example/pages;
            ssi on;
            access_log %%TESTDIR%%/kind.log kind;
        }

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
my $form = { 'Content-Type' => 'application/x-www-form-urlencoded' };
my $en = { 'Accept-Language' => 'en' };


sub url {
    my ($issue, $reader) = @_;

    return '/p/' . $t->token($issue, $reader, kind => 4);
}


sub post {
    my ($reader, $body, $headers) = @_;

    return http_post(url(1, $reader), $body,
        headers => { %{$headers || $form}, %$en });
}


# All that a reader has asked for, and the ledger.
sub asked {
    my ($reader) = @_;

    return $pg->value('SELECT coalesce(string_agg("right", $$ $$'
        . ' ORDER BY id), $$nothing$$) FROM mytwip.privacy_request'
        . " WHERE reader_id = $reader");
}


sub ledger {
    my ($reader) = @_;

    return $pg->value('SELECT string_agg(granted::text || $$ $$ || method,'
        . ' $$, $$ ORDER BY at, id) FROM mytwip.consent'
        . " WHERE reader_id = $reader");
}


sub everything {
    return $pg->value('SELECT (SELECT count(*) FROM mytwip.privacy_request)'
        . " + (SELECT count(*) FROM mytwip.consent WHERE NOT granted)"
        . ' + (SELECT count(*) FROM mytwip.unsubscription)'
        . ' + (SELECT count(*) FROM mytwip.rejected)');
}


# GET and its like change nothing

my $page = http_get(url(1, 1), headers => $en);

like($page, qr{^HTTP/1\.1 200 }, 'GET shows a page');
like($page, qr{news of one.*news\@one\.example\.org}s,
    'that names the newsletter and its sender');
like($page, qr{<bdi>one</bdi>, which is responsible}, 'and the controller');
like($page, qr{fewer than 5 people}, 'says how small no group is');
like($page, qr{in France}, 'and where it lies');
like($page, qr{Yes, as you agreed}, 'and that this reader is measured');
like($page, qr{<html lang="en">}, 'in the language of the client');
like($page, qr{^Content-Type: text/html; charset=utf-8\r$}m, 'as HTML');
like($page, qr{^Cache-Control: no-store\r$}m, 'which nobody keeps');
like($page, qr{^Referrer-Policy: no-referrer\r$}m, 'whose address stays here');
like($page, qr{^X-Robots-Tag: noindex\r$}m, 'and is in no index');
unlike($page, qr{^(?:Set-Cookie|Location|ETag|Last-Modified):}mi,
    'without a cookie or a redirect');
unlike($page, qr{<script|https?://|<!--#}i, 'and loads nothing');
unlike($page, qr{reader1\@}, 'the reader is not named: mails get forwarded');

my ($nonce) = $page =~ /^Content-Security-Policy: .*'nonce-(\w+)'/m;
like($page, qr{<style nonce="$nonce">}, 'but its own style');

for my $method ('HEAD', 'OPTIONS', 'PUT', 'DELETE') {
    my $status = $method eq 'HEAD' ? 200 : 405;

    like(http_get(url(1, 1), method => $method), qr{^HTTP/1\.1 $status },
        "$method gets $status");
}

is(everything(), 0, 'none of them changes anything');

like(http_get(url(1, 1001), headers => $en), qr{No\. An open},
    'who did not agree is told that opens are not measured');
$pg->query("UPDATE mytwip.reader SET language = 'de' WHERE id = 1");
like(http_get(url(1, 1), headers => $en), qr{<html lang="de">},
    'the language of the reader comes first');
like(http_get(url(1, 2)), qr{<html lang="fr">}, 'without any it is French');

$pg->query("UPDATE mytwip.account SET name = '<b>\"&'");
like(http_get(url(1, 2)), qr{<bdi>&lt;b&gt;&quot;&amp;</bdi>},
    'a value is text, whatever is in it');

# opens are no longer measured

my $answer = post(10, 'action=stop');

like($answer, qr{^HTTP/1\.1 200 }, 'the first button gets a page');
like($answer, qr{no longer measured}, 'that says so');
unlike($answer, qr{^(?:Set-Cookie|Location):}mi, 'no cookie, no redirect');
is(ledger(10), 'true form, false privacy_page',
    'the withdrawal is in the ledger when the answer is there');
is($pg->value('SELECT named_opens FROM mytwip.subscription'
    . ' WHERE reader_id = 10'), 'f', 'and holds');

http_get($t->pixel(1, 10));
$t->eventually_is(sub { $pg->value('SELECT count(*) || $$ $$'
    . ' || count(reader_id) FROM mytwip.open') }, '1 0',
    'an open of old mail counts without the reader');
like(http_get(url(1, 10), headers => $en), qr{No\. An open},
    'and the page says that it is so');
is(asked(10), 'nothing', 'nothing else was asked for');

# access

$answer = post(20, 'action=access');

like($answer, qr{^HTTP/1\.1 200 .*You have asked for your data}s,
    'asking for the data gets a page');
like($answer, qr{You asked first on \d{4}-\d\d-\d\d\.}, 'that says when');
is(asked(20), 'access', 'the request is recorded');
unlike($answer, qr{reader20\@}, 'and no data is shown');

$pg->query('UPDATE mytwip.privacy_request'
    . " SET at = '2026-03-01 12:00 UTC' WHERE reader_id = 20");
like(post(20, 'action=access'), qr{You asked first on 2026-03-01\.},
    'who asks again is told when it was asked first');
is(asked(20), 'access', 'and has not asked twice');
like(http_get(url(1, 20), headers => $en),
    qr{You asked for your data on 2026-03-01\.}, 'the page says it too');

# erasure, in two steps

$answer = post(30, 'action=erase');

like($answer, qr{^HTTP/1\.1 200 .*value="erase_sure"}s,
    'erasure is asked once more');
is(asked(30), 'nothing', 'before anything is recorded');

my $body = "--b0undary\r\n"
    . "Content-Disposition: form-data; name=\"action\"\r\n\r\n"
    . "erase_sure\r\n--b0undary--\r\n";
$answer = post(30, $body,
    { 'Content-Type' => 'multipart/form-data; boundary=b0undary' });

like($answer, qr{^HTTP/1\.1 200 .*You have asked for the erasure}s,
    'the second button gets a page');
is(asked(30), 'erasure', 'and the request is recorded');
is($pg->value('SELECT count(*) FROM mytwip.reader WHERE id = 30'), 1,
    'nothing is erased by itself');

# at once

my @sockets = map { http_connect() } 1 .. 8;

$body = 'action=access';

for my $socket (@sockets) {
    http_send($socket, 'POST ' . url(1, 31) . " HTTP/1.1\r\nHost: localhost\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body");
}

is(scalar(grep { (http_answer($_) || '') =~ /^HTTP\S+ 200 / } @sockets), 8,
    'eight requests at once are all answered');
is(asked(31), 'access', 'and are one');

# what is not taken

my $before = everything();

for my $one_click ('List-Unsubscribe=One-Click',
    'List-Unsubscribe=One-Click&action=erase_sure',
    'action=stop&List-Unsubscribe=One-Click')
{
    like(post(40, $one_click), qr{^HTTP/1\.1 400 },
        'one click of a program is not for this page');
}

like(post(40, 'action=dance'), qr{^HTTP/1\.1 400 },
    'a form that asks for nothing known gets 400');
like(post(40, 'x' x 5000), qr{^HTTP/1\.1 413 }, 'a large body 413');
like(post(40, '{}', { 'Content-Type' => 'application/json' }),
    qr{^HTTP/1\.1 415 }, 'another type 415');

my %size;

for my $uri ('/p/' . $t->token(1, 40, kind => 2), '/p/' . $t->token(1, 40),
    url(1, 40) =~ s/(.)$/$1 eq 'A' ? 'Q' : 'A'/er)
{
    $answer = http_post($uri, 'action=stop', headers => { %$form, %$en });
    $size{$answer =~ /^HTTP\S+ 404 /
        ? length(http_body($answer) =~ s/nonce="\w+"//r) : 'not 404'} = 1;
}

is(join(' ', map { /\D/ ? $_ : 'a page' } keys %size), 'a page',
    'a token of another kind, or forged, gets 404 and the same page');
is(everything(), $before, 'and none of them changes anything');
is($pg->value('SELECT status FROM mytwip.subscription WHERE reader_id = 40'),
    'subscribed', 'nor unsubscribes');

$answer = post(999999, 'action=access');
like($answer, qr{^HTTP/1\.1 200 }, 'a reader who is not known is told the same');
is($pg->value('SELECT kind || $$ $$ || reason FROM mytwip.rejected'),
    '8 unknown_reader', 'and the request is kept apart');

$t->eventually(sub { $t->read_file('kind.log') =~ /^POST privacy accepted$/m },
    '$mytwip_kind and $mytwip_result are in the log');
