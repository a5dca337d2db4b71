#!/usr/bin/perl

# The reader's way out, as mail clients' servers and browsers take it, and as
# scanners do not.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(64);

$t->write_file_expand('nginx.conf', <<'EOT' =~ s/%%ROOT%%/$t->root()/er);
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

        location /u/ {
            mytwip_unsubscribe;
            mytwip_pages %%ROOT%%/conf.example/pages;
            ssi on;
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


sub url {
    my ($issue, $reader) = @_;

    return '/u/' . $t->token($issue, $reader, kind => 2);
}


sub post {
    my ($reader, $body, $headers) = @_;

    return http_post(url(1, $reader), $body, headers => $headers || $form);
}


sub multipart {
    my ($reader, $name, $value) = @_;

    my $body = "--b0undary\r\n"
        . "Content-Disposition: form-data; name=\"$name\"\r\n\r\n"
        . "$value\r\n--b0undary--\r\n";

    return post($reader, $body,
        { 'Content-Type' => 'multipart/form-data; boundary=b0undary' });
}


sub subscription {
    my ($reader) = @_;

    return $pg->value('SELECT status FROM mytwip.subscription'
        . " WHERE reader_id = $reader AND newsletter_id = 1");
}


sub links {
    my ($reader) = @_;

    return $pg->value("SELECT count(*) FROM mytwip.mail_links(1, $reader)");
}


# GET and its like change nothing

my $page = http_get(url(1, 1), headers => { 'Accept-Language' => 'en' });

like($page, qr{^HTTP/1\.1 200 }, 'GET shows a page');
like($page, qr{news of one}, 'that names the newsletter');
like($page, qr{<html lang="en">}, 'in the language of the client');
like($page, qr{^Content-Type: text/html; charset=utf-8\r$}m, 'as HTML');
like($page, qr{^Cache-Control: no-store\r$}m, 'which nobody keeps');
like($page, qr{^Referrer-Policy: no-referrer\r$}m, 'whose address stays here');
like($page, qr{^X-Robots-Tag: noindex\r$}m, 'and is in no index');
unlike($page, qr{^(?:Set-Cookie|Location|ETag|Last-Modified):}mi,
    'without a cookie or a redirect');
unlike($page, qr{<script|https?://}i, 'and loads nothing');

my ($nonce) = $page =~ /^Content-Security-Policy: .*'nonce-(\w+)'/m;
like($page, qr{<style nonce="$nonce">}, 'but its own style');

for my $method ('HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE') {
    my $answer = http_get(url(1, 1), method => $method);
    my $status = $method eq 'HEAD' ? 200 : 405;

    like($answer, qr{^HTTP/1\.1 $status }, "$method gets $status");
    is(http_body($answer), '', 'and no body') if $method eq 'HEAD';
}

like(http_get(url(1, 1), method => 'OPTIONS'), qr{^Allow: GET, HEAD, POST\r$}m,
    'with what is allowed');
is(subscription(1), 'subscribed', 'none of them changes anything');

$pg->query("UPDATE mytwip.reader SET language = 'de' WHERE id = 1");
like(http_get(url(1, 1), headers => { 'Accept-Language' => 'en' }),
    qr{<html lang="de">}, 'the language of the reader comes first');
like(http_get(url(1, 2)), qr{<html lang="fr">},
    'without any it is French');

# one click (RFC 8058)

is(links(10), 1, 'before, there are links for the mail');

my $answer = post(10, 'List-Unsubscribe=One-Click');

like($answer, qr{^HTTP/1\.1 200 }, 'one click, urlencoded, gets 200');
like($answer, qr{^Content-Type: text/plain\r$}m, 'in plain text');
unlike($answer, qr{^(?:Set-Cookie|Location):}mi, 'no cookie, no redirect');
is(subscription(10), 'unsubscribed',
    'the reader is unsubscribed when the answer is there');
is(links(10), 0, 'and no mail can be made');
is($pg->value('SELECT named_opens FROM mytwip.subscription'
    . ' WHERE reader_id = 10'), 'f', 'nor an open be stored with the reader');

like(multipart(11, 'List-Unsubscribe', 'One-Click'), qr{^HTTP/1\.1 200 },
    'one click, multipart, gets 200');
is(subscription(11), 'unsubscribed', 'and unsubscribes');

like(multipart(11, 'List-Unsubscribe', 'One-Click'), qr{^HTTP/1\.1 200 },
    'the same again gets the same');
is(subscription(11), 'unsubscribed', 'and changes nothing');

is($pg->value('SELECT string_agg(way, $$,$$) FROM mytwip.unsubscription'
    . ' WHERE reader_id = 10'), 'one_click', 'the history says how');

# the form

$answer = post(20, 'action=unsubscribe&reason=too_many');

like($answer, qr{^HTTP/1\.1 200 }, 'the form gets a page');
like($answer, qr{<form.*value="undo"}s, 'with the way back');
like($answer, qr{value="unsubscribe_all"}, 'and the way out of all');
is(subscription(20), 'unsubscribed', 'it unsubscribes');
is($pg->value('SELECT way || $$ $$ || reason FROM mytwip.unsubscription'
    . ' WHERE reader_id = 20'), 'form too_many', 'with the reason');

like(multipart(20, 'action', 'undo'), qr{^HTTP/1\.1 200 }, 'undo gets a page');
is(subscription(20), 'subscribed', 'and subscribes again');
is($pg->value('SELECT action || $$ $$ || way FROM mytwip.unsubscription'
    . ' WHERE reader_id = 20 ORDER BY id DESC LIMIT 1'), 'undo form',
    'as the reader\'s doing');

$pg->query(<<'EOT');
INSERT INTO mytwip.newsletter (account_id, id, title, sender_address)
VALUES (1, 11, 'other news of one', 'news@one.example.org');
SELECT mytwip.subscribe(20, 11);
EOT

like(post(20, 'action=unsubscribe_all'), qr{^HTTP/1\.1 200 },
    'leaving all gets a page');
is($pg->value('SELECT string_agg(status, $$,$$) FROM mytwip.subscription'
    . ' WHERE reader_id = 20'), 'unsubscribed,unsubscribed',
    'and ends every subscription of the sender');

# at once

my @sockets = map { http_connect() } 1 .. 8;
my $body = 'List-Unsubscribe=One-Click';

for my $socket (@sockets) {
    http_send($socket, 'POST ' . url(1, 30) . " HTTP/1.1\r\nHost: localhost\r\n"
        . "Content-Type: application/x-www-form-urlencoded\r\n"
        . 'Content-Length: ' . length($body) . "\r\n\r\n$body");
}

is(scalar(grep { (http_answer($_) || '') =~ /^HTTP\S+ 200 / } @sockets), 8,
    'eight clicks at once are all answered');
is(subscription(30), 'unsubscribed', 'and unsubscribe');

# what is not taken

my %bad = (
    malformed => '/u/' . substr($t->token(1, 40, kind => 2), 0, 47),
    forged => url(1, 40) =~ s/(.)$/$1 eq 'A' ? 'B' : 'A'/er,
    wrong => '/u/' . $t->token(1, 40, kind => 1),
    none => '/u/',
);

my %size;

for my $what (sort keys %bad) {
    $answer = http_post($bad{$what}, 'List-Unsubscribe=One-Click',
        headers => { %$form, 'Accept-Language' => 'en' });
    like($answer, qr{^HTTP/1\.1 404 }, "a token that is $what gets 404");
    like($answer, qr{<html lang="en">.*link}s, 'and a page');

    $size{length(http_body($answer) =~ s/nonce="\w+"//r)} = 1;
}

is(scalar keys %size, 1, 'the same page for all');
is(subscription(40), 'subscribed', 'and none unsubscribes');

like(post(40, 'x' x 5000), qr{^HTTP/1\.1 413 }, 'a large body gets 413');
like(http_post(url(1, 40),
    sprintf("%x\r\n%s\r\n0\r\n\r\n", 5000, 'x' x 5000),
    headers => { %$form, 'Transfer-Encoding' => 'chunked',
        'Content-Length' => undef }),
    qr{^HTTP/1\.1 413 }, 'a large chunked one too');
like(post(40, '{}', { 'Content-Type' => 'application/json' }),
    qr{^HTTP/1\.1 415 }, 'another type gets 415');
like(post(40, 'x', { 'Content-Type' => 'multipart/form-data' }),
    qr{^HTTP/1\.1 415 }, 'multipart without a boundary too');
like(post(40, 'action=dance'), qr{^HTTP/1\.1 400 },
    'a form that asks for nothing known gets 400');
like(post(40, ''), qr{^HTTP/1\.1 400 }, 'an empty one too');
is(subscription(40), 'subscribed', 'and none unsubscribes');

# a reader who was erased is told the same

$answer = post(999999, 'List-Unsubscribe=One-Click');
like($answer, qr{^HTTP/1\.1 200 }, 'a reader who is not known is told "done"');
is($pg->value('SELECT reason FROM mytwip.rejected'), 'unknown_reader',
    'and the request is kept apart');

my $known = http_get(url(1, 41)) =~ s/nonce[="-]*\w+"?//gr;
my $unknown = http_get(url(1, 999999)) =~ s/nonce[="-]*\w+"?//gr;
is(($known =~ /^HTTP\S+ (\d+)/)[0], ($unknown =~ /^HTTP\S+ (\d+)/)[0],
    'the page answers alike whether the reader exists or not');
