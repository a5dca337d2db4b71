#!/usr/bin/perl

# Floods: what many requests for one link, from one address, or for one
# newsletter cost others. The limits are those of conf.example.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ am_root run_command slurp /;

my $t = Test::Mytwip->new()->plan(20);

my $dir = $t->dir();
my $example = $t->root() . '/conf.example';
my $pg = $t->pg();

# the example, with the names of what is there; the error log is one file, so
# that the test sees what it must not have

for my $file (grep { -f } glob "$example/*") {
    my ($name) = $file =~ m{([^/]+)$};
    my $module = $t->load_module();
    my $text = slurp($file);

    $text =~ s/^\s*load_module\s[^;]*;/$module/mg;
    $text =~ s/^\s*user\s[^;]*;/am_root() ? 'user ' . $t->user() . ';' : ''/me;
    $text =~ s/^\s*worker_processes\s[^;]*;/worker_processes 1;/mg;
    $text =~ s{^(\s*pid\s+)[^;]*;}{$1$dir/nginx.pid;}mg;
    $text =~ s{^(\s*error_log\s+)\S+}{$1$dir/error.log}mg;
    $text =~ s{^(\s*access_log\s+)/\S+?(?=[ ;])}{$1$dir/access.log}mg;
    $text =~ s{^(\s*mytwip_journal\s+)[^ ;]+}{$1$dir/journal}mg;
    $text =~ s{^(\s*mytwip_keys\s+)[^ ;]+}{$1 . $t->keys_file()}meg;
    $text =~ s{^(\s*mytwip_database\s+)[^;]+}{$1 . '"' . $pg->conninfo()
        . '"'}meg;
    $text =~ s{^(\s*listen\s+)[^ ;]+}{$1 . '127.0.0.1:' . $t->port(0)}meg;

    $t->write_file($name, $text);
}

run_command('cp', '-r', "$example/pages", $dir);

$t->run();


# Sends requests in a row; returns the answers, of which each has a length.
sub in_a_row {
    my (@uris) = @_;

    my $socket = http_connect();
    my @answers;

    while (my @some = splice @uris, 0, 100) {
        http_send($socket, join '', map {
            "GET $_ HTTP/1.1\r\nHost: news.example.org\r\n"
            . "User-Agent: a\r\n\r\n" } @some);

        push @answers, map { http_answer($socket) } @some;

        # keepalive_requests
        $socket = http_connect() if @answers % 1000 == 0;
    }

    return @answers;
}


sub accepted { return $t->status()->{total}{accepted} }


sub images {
    return scalar grep { m{^HTTP/1.1 200 .*^Content-Type: image/gif\r$}ms
        && /^Cache-Control: no-store, private\r$/m } @_;
}


# one link

is(images(in_a_row(($t->pixel(1, 1)) x 500)), 500,
    'an image that is fetched 500 times is an image each time');
cmp_ok(accepted(), '>=', 20, 'the first of them are counted');
cmp_ok(accepted(), '<=', 30, 'the others are not');

my $before = accepted();
my $same = $t->pixel(1, 3);
is(images(in_a_row(map { $same =~ s{/o/}{/o/$_/}r } 1 .. 200)), 200,
    'a link that is written in 200 ways is an image each time');
cmp_ok(accepted() - $before, '<=', 30, 'and one link for the limit');

$before = accepted();
is(images(in_a_row($t->pixel(1, 2))), 1, 'another link');
is(accepted() - $before, 1, 'is counted meanwhile');

my $link = '/u/' . $t->token(1, 1, kind => 2);
my %status;
$status{ http_get($link) =~ m{^HTTP/1.1 (\d+)} ? $1 : '' }++ for 1 .. 40;

is(join(' ', sort keys %status), '200 429',
    'a page that is asked for again and again is refused for a while');
like(http_post('/u/' . $t->token(1, 2, kind => 2),
    'List-Unsubscribe=One-Click', headers => {
        'Content-Type' => 'application/x-www-form-urlencoded' }),
    qr{^HTTP/1.1 200 }, 'which keeps nobody else from leaving');

# beacons, of nobody and of a user with a session

$before = accepted();
http_post('/a', '{"activity":"a"}', headers => {
    'Content-Type' => 'application/json' }) for 1 .. 60;
cmp_ok(accepted() - $before, '<=', 30, 'what nobody known says is limited');

my $session = $t->token(time + 600, 1, kind => 5);
$before = accepted();
http_post('/a', '{"activity":"a"}', headers => {
    'Content-Type' => 'application/json', 'X-Mytwip-Session' => $session })
    for 1 .. 60;
is(accepted() - $before, 60, 'a user is not, at the same address');

# one address

$before = accepted();
is(images(in_a_row(map { $t->numbered_pixel($_) } 10 .. 3009)), 3000,
    'thousands of links from one address are images');
cmp_ok(accepted() - $before, '>=', 900, 'a thousand at once are counted');
cmp_ok(accepted() - $before, '<', 2500, 'and then as many as the limit is');

unlike($t->error_log(), qr{/[ou]/|127\.0\.0\.1}, 'no refusal names a link or an'
    . ' address in the log');
$t->quit();

# one newsletter: its flood is in the journal before another's unsubscribing.
# Without limits, as the test has one address.

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

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

        location /u/ {
            mytwip_unsubscribe;
            mytwip_pages  pages;
            ssi           on;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$t->run();


# How long the answer took, and whether it is in the database then.
sub unsubscribe {
    my ($reader) = @_;

    my ($took, $answer) = timed(sub {
        http_post('/u/' . $t->token(1, $reader, kind => 2),
            'List-Unsubscribe=One-Click', headers => {
                'Content-Type' => 'application/x-www-form-urlencoded' }) });

    return ($answer =~ m{^HTTP/1.1 200 } ? $took : 999,
        $pg->value('SELECT status FROM mytwip.subscription'
            . " WHERE reader_id = $reader AND newsletter_id = 1"));
}


my $traffic = $t->traffic(connections => 8, rate => 3000);
$t->eventually(sub { $t->status()->{total}{ingested} > 1000 },
    'a flood comes in');

my (@took, @stored);

for my $reader (101 .. 120) {
    my ($took, $status) = unsubscribe($reader);
    push @took, $took;
    push @stored, $status;
}

$traffic->stop();

is(join(' ', @stored), join(' ', ('unsubscribed') x 20),
    'whoever unsubscribes meanwhile is in the database when told so')
    or diag($t->error_log());

@took = sort { $a <=> $b } @took;
cmp_ok($took[10], '<', 0.5, 'within half a second')
    or diag("the slowest took $took[-1] s");
note(sprintf 'unsubscribing under a flood: median %.3f s, slowest %.3f s',
    @took[10, -1]);

# with what the database has not seen for a while in front

$pg->close_to_nginx();
$t->traffic(connections => 8, requests => 10_000)->wait();
$pg->open_to_nginx();

my ($took) = unsubscribe(121);
cmp_ok($took, '<', 3, 'a backlog does not keep anybody waiting');
$t->eventually_is(sub { $pg->value('SELECT status FROM mytwip.subscription'
    . ' WHERE reader_id = 121 AND newsletter_id = 1') }, 'unsubscribed',
    'and who unsubscribes behind it is out soon');
