#!/usr/bin/perl

# The keys in use: rotated under traffic without an answer that is missing,
# marked as compromised with unsubscribing still possible, and never told to
# anybody who reads what nginx shows of itself.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ run_command slurp /;

my $t = Test::Mytwip->new()->plan(31);

my %secret = (1 => "one\1" x 8, 2 => "two\2" x 8, 3 => "thr\3" x 8);


# Writes the key file: ids, newest first, "-" before one that is compromised.
sub keys_are {
    return $t->write_keys('keys', join '', map {
        my $id = abs;
        "$id:" . unpack('H*', $secret{$id})
            . ($_ < 0 ? ':compromised' : '') . "\n";
    } @_);
}


sub token {
    my ($kind, $key, %opt) = @_;

    return $t->token(1, 7, kind => $kind, key => $key, %opt,
        secret => $secret{$key});
}


keys_are(1);

$t->write_file_expand('nginx.conf', <<'EOT' =~ s/%%ROOT%%/$t->root()/er);
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    error_log       %%TESTDIR%%/debug.log debug;

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%TESTDIR%%/keys;
    mytwip_journal  %%TESTDIR%%/journal;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
            add_header X-Result $mytwip_result;
        }

        location /u/ {
            mytwip_unsubscribe;
            mytwip_pages  %%ROOT%%/conf.example/pages;
            ssi           on;
        }

        location = /a {
            mytwip_activity;
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


sub result {
    my ($token) = @_;

    return http_get("/o/$token") =~ /^X-Result: (\w+)\r$/m ? $1 : '';
}


sub post {
    my ($token, $body) = @_;

    return http_post("/u/$token", $body, headers => $form)
        =~ m{^HTTP/1.1 (\d+) } ? $1 : '';
}


sub subscription {
    return $pg->value('SELECT status FROM mytwip.subscription'
        . ' WHERE reader_id = 7 AND newsletter_id = 1');
}


# rotation

my $traffic = $t->traffic(connections => 4, rate => 500);

$t->eventually(sub { $pg->value('SELECT count(*) FROM mytwip.open') > 100 },
    'mail signed with key 1 is out');

is(result(token(1, 2)), 'unknown_key', 'key 2 is not known yet');

keys_are(2, 1);
$t->reload();

is(result(token(1, 2)), 'accepted', 'after a reload, key 2 is');
is(result(token(1, 1)), 'accepted', 'and key 1 still is');

my $seen = $pg->value('SELECT count(*) FROM mytwip.open');

$t->eventually(sub { $pg->value('SELECT count(*) FROM mytwip.open')
    > $seen + 100 }, 'as is all of its mail');

my $report = $traffic->stop();

is(join(' ', keys %{$report->{statuses}}), 200, 'no answer was missing');

$t->eventually(sub { $t->settled() }, 'and no event');
$pg->query('DELETE FROM mytwip.open WHERE issue_id = 1 AND reader_id = 7');
cmp_ok($pg->value('SELECT count(*) FROM mytwip.open'), '>=',
    @{$report->{answered}} - 1, 'is lost on the way');

# a key that others have

$pg->query('TRUNCATE mytwip.open');
keys_are(3, -1);
$t->reload();

is(result(token(1, 1)), 'accepted', 'a pixel of a compromised key counts');
$t->eventually_is(sub { $pg->value('SELECT count(*) || coalesce('
    . q{string_agg(reader_id::text, ' '), ' nobody') FROM mytwip.open}) },
    '1 nobody', 'but of nobody: it may be made up');

is(result(token(1, 3)), 'accepted', 'one of a good key counts');
$t->eventually_is(sub { $pg->value('SELECT string_agg(reader_id::text,'
    . q{ ' ') FROM mytwip.open}) }, 7, 'and names its reader');

like(http_get('/u/' . token(2, 1)), qr{^HTTP/1.1 200 },
    'its unsubscribe page is there');

my $title = $pg->value('SELECT title FROM mytwip.newsletter WHERE id = 1');

unlike(http_get('/u/' . token(2, 1)), qr/\Q$title/,
    'which tells whoever made the link nothing of a reader');
like(http_get('/u/' . token(2, 3)), qr/\Q$title/, 'as one of a good key does');
is(post(token(2, 1), 'List-Unsubscribe=One-Click'), 200, 'it unsubscribes');
is(subscription(), 'unsubscribed', 'as before');
is(post(token(2, 1), 'action=undo'), 403, 'but does not take that back');
is(subscription(), 'unsubscribed', 'whoever asks');
is(post(token(2, 1), 'action=unsubscribe_all'), 200,
    'it leaves all newsletters');
is(post(token(2, 3), 'action=undo'), 200, 'a good key takes it back');
is(subscription(), 'subscribed', 'for its reader');
is(result(token(1, 2)), 'unknown_key', 'a key that is taken out is gone');


# who was active, by a session signed with this key
sub user {
    my ($key) = @_;

    my $token = $t->token(time + 3600, 9, kind => 5, key => $key,
        secret => $secret{$key});

    $pg->query('TRUNCATE mytwip.activity');
    http_post('/a', '{"activity":"look"}', headers => {
        'Content-Type' => 'application/json', 'X-Mytwip-Session' => $token });
    $t->eventually(sub { $pg->value('SELECT count(*) FROM mytwip.activity') },
        "an activity is stored, key $key");

    return $pg->value(q{SELECT coalesce(user_id::text, 'nobody')}
        . ' FROM mytwip.activity');
}


$pg->query('INSERT INTO mytwip.platform_user (account_id, id, name)'
    . q{ VALUES (1, 9, 'nine')});

is(user(1), 'nobody', 'a session of a compromised key is nobody\'s');
is(user(3), 9, 'one of a good key names the user');

# the file

my $conf = $t->read_file('nginx.conf');

$t->write_keys('lost', '3:' . unpack('H*', $secret{3}) . "\n1:"
    . unpack('H*', $secret{1}) . ":lost\n");

my ($code, $said) = $t->nginx_t($conf =~ s{/keys;}{/lost;}r);

like($said, qr{unknown state of a key.*lost", line 2},
    'nginx -t names the line with another state');

# secrets

my ($dumped, $dump) = run_command($t->command(), '-T');

my @shown = ($dump, $said, $t->error_log(), $t->read_file('debug.log'),
    $t->read_file('access.log'), http_get('/status'),
    map { slurp("/proc/$_/cmdline"), slurp("/proc/$_/environ") }
        $t->pid(), $t->workers());

cmp_ok(length $t->read_file('debug.log'), '>', 100_000,
    'much is told to who debugs');
is(scalar(grep { my $text = $_; grep {
    my $hex = unpack 'H*', $_;
    index($text, $_) >= 0 || $text =~ /$hex/i } values %secret } @shown), 0,
    'but no key: not in nginx -T, its errors, logs, titles or environment');

is(scalar(grep { slurp("/proc/$_/limits")
    !~ /^Max core file size\s+0\s+0\s/m } $t->workers()), 0,
    'a worker that crashes leaves no image of its memory');
