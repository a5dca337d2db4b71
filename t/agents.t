#!/usr/bin/perl

# Who asks: what is said of a request, in $mytwip_agent and in the table.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(21);

$t->write_file('agents.rules', <<'EOT');
bot    crawler
proxy  imageproxy
human  ^mozilla/5\.0 \(
EOT

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;
    mytwip_agents   %%TESTDIR%%/agents.rules;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location /agent {
            return 200 "agent: $mytwip_agent\n";
        }
    }
}
EOT

$t->run();

my $human = 'Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/128.0';

sub agent {
    my ($ua, %headers) = @_;

    my $answer = http_get('/agent',
        headers => { 'User-Agent' => $ua, %headers });

    return $answer =~ /^agent: (\w+)$/m ? $1 : $answer;
}

is(agent($human), 'human', 'a browser is a person');
is(agent("$human ImageProxy"), 'proxy', 'an image proxy is a proxy');
is(agent("$human ImageProxy crawler"), 'bot', 'the first rule decides');
is(agent('Mozilla/5.0'), 'unknown', 'what no rule knows is not known');
is(agent(undef), 'bot', 'without a User-Agent it is a machine');
is(agent(''), 'bot', 'with an empty one too');
is(agent($human . ' ' . 'a' x 6000 . 'crawler'), 'human',
    'a long User-Agent is judged by its beginning');
is(agent("\x{e9}\xff crawler"), 'bot', 'bytes that are no UTF-8 are judged');

for my $header (['Sec-Purpose', 'prefetch;prerender'], ['Purpose', 'prefetch'],
    ['X-Moz', 'prefetch'], ['x-purpose', 'preview'])
{
    my ($name, $value) = @$header;
    is(agent($human, $name => $value), 'prefetch', "$name: $value");
}

is(agent($human, 'Purpose' => 'travel'), 'human', 'Purpose: travel');

# the table, a reader for each verdict

http_get($t->pixel(1, 1), headers => { 'User-Agent' => 'nobody knows' });
http_get($t->pixel(1, 2), headers => { 'User-Agent' => $human });
http_get($t->pixel(1, 3), headers => { 'User-Agent' => "$human ImageProxy" });
http_get($t->pixel(1, 4), headers => { 'User-Agent' => 'crawler' });
http_get($t->pixel(1, 5),
    headers => { 'User-Agent' => $human, 'Sec-Purpose' => 'prefetch' });
http_head($t->pixel(1, 6));

my $pg = $t->pg();

ok($t->eventually(sub {
    $pg->value('SELECT count(*) FROM mytwip.open') == 6
}), 'all are stored');

my %code = (1 => 0, 2 => 1, 3 => 2, 4 => 3, 5 => 4, 6 => 3);
my @name = ('unknown', 'human', 'proxy', 'a bot', 'prefetch', 'HEAD, a bot');

for my $reader (1 .. 6) {
    is($pg->value("SELECT agent FROM mytwip.open WHERE reader_id = $reader"),
        $code{$reader}, "$name[$reader - 1] is stored as such");
}
