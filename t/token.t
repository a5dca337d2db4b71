#!/usr/bin/perl

# A token is a capability: nobody makes one without a key, and one for another
# purpose opens nothing. What is wrong with a token shows in the status, never
# in the answer.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Token;

my $t = Test::Mytwip->new()->plan(29);

my %secret = (1 => 'a' x 32, 2 => 'b' x 32, 65535 => 'c' x 32);

$t->write_keys('three', join '', map {
    "$_:" . unpack('H*', $secret{$_}) . "\n" } 2, 65535, 1);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%TESTDIR%%/three;
    mytwip_journal  %%TESTDIR%%/journal;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        # the same, telling the test what the mail client is not told
        location /t/ {
            mytwip_pixel;
            add_header X-Result $mytwip_result;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$t->run();

my $pg = $t->pg();
my $image = http_headers(http_get('/o/none')) . http_body(http_get('/o/none'));


sub mint {
    my (%token) = @_;

    return mint_token(key => 1, secret => $secret{$token{key} || 1} || 'none',
        issue => 1, reader => 7, %token);
}


sub result {
    my ($token) = @_;

    return http_get("/t/$token") =~ /^X-Result: (\w+)\r$/m ? $1 : '';
}


# what is good

is(result(mint()), 'accepted', 'a token signed with the key is accepted');
is(result(mint(key => 2)), 'accepted', 'one signed with another key too');
is(result(mint(key => 65535)), 'accepted', 'and with the third');
is(result(mint(issue => 9223372036854775807, reader => 9223372036854775807)),
    'accepted', 'ids are as large as the database takes them');

# what is not

is(result(mint(kind => $_)), 'wrong_kind',
    "a token of kind $_ is not one for a pixel") for 2, 4, 5;
is(result(mint(kind => 9)), 'wrong_kind', 'nor is one of a kind to come');
is(result(mint(key => 3, secret => $secret{1})), 'unknown_key',
    'a key that nginx has not is unknown');
is(result(mint(key => 2, secret => $secret{1})), 'forged',
    'the secret of another key is no use');
is(result(mint(secret => 'x' x 32)), 'forged', 'a made-up secret is no use');
is(result(mint(version => 2)), 'malformed', 'there is one version');
is(result(mint(issue => 0)), 'malformed', 'there is no issue 0');
is(result(mint(reader => 0)), 'malformed', 'there is no reader 0');
is(result(mint(reader => 9223372036854775808)), 'malformed',
    'ids are not larger than the database takes them');

my $good = mint();

is(result(substr $good, 0, 47), 'malformed', 'a token cut short');
is(result("${good}A"), 'malformed', 'a token with something behind it');
is(result($good x 20), 'malformed', 'a token much too long');
is(result("$good="), 'malformed', 'a token with padding');
is(result(''), 'malformed', 'no token at all');
is(result($good =~ s/^AQ/A%0a/r), 'malformed', 'a token with a line feed');

# every byte of it counts

sub tampered {
    my ($byte) = @_;

    my $bytes = token_bytes($good);

    substr($bytes, $byte, 1) ^= "\x01";

    return token_text($bytes);
}


sub expected {
    my ($byte) = @_;

    return $byte == 0                 ? 'malformed'     # version
        : $byte == 2 || $byte == 3    ? 'unknown_key'   # key 257, key 0
        : $byte == 11                 ? 'malformed'     # issue 1 becomes 0
        :                               'forged';
}


is(join(' ', map { result(tampered($_)) } 0 .. 35),
    join(' ', map { expected($_) } 0 .. 35),
    'a token with one bit changed is refused, whichever byte it is in');

# and every character of its spelling

my @wrong = grep { result($_) eq 'accepted' } map {
    my $at = $_;
    map {
        my $token = $good;
        substr($token, $at, 1) = $_;
        $token eq $good ? () : $token;
    } 'A', 'b', '_', '%2f', '%2b', '~';
} 0 .. 47;

is("@wrong", '', 'a token with one character changed is refused');

# what the answer tells, and what stays behind

is(scalar(grep {
    my $answer = http_get("/o/$_");
    http_headers($answer) . http_body($answer) ne $image;
} $good, mint(kind => 2), mint(key => 3), tampered(30), 'x', ''), 0,
    'the answer is the same for all of them');

my $rejected = $t->status()->{total}{rejected};

cmp_ok($rejected->{$_}, '>=', 1, "the status counts tokens that are $_")
    for qw/ malformed wrong_kind unknown_key forged /;

# 4 through /t/, of which one is unknown to the database, and 1 through /o/
$t->eventually_is(sub {
    $pg->value('SELECT coalesce(sum(fetches), 0) FROM mytwip.open') . ' '
    . $pg->value('SELECT count(*) FROM mytwip.rejected') }, '4 1',
    'only what was accepted is written');
