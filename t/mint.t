#!/usr/bin/perl

# What the database signs, nginx accepts: through a rotation of the keys, as an
# operator does it.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(10);

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
my $base = 'http://127.0.0.1:' . $t->port(0);


# The path of a link in the mail to this reader.
sub link_of {
    my ($name, $reader) = @_;

    return $pg->value("SELECT ${name}_url FROM mytwip.mail_links(1, $reader)")
        =~ s/^\Q$base\E//r;
}


sub result {
    my ($uri) = @_;

    return http_get($uri) =~ /^X-Result: (\w+)\r$/m ? $1 : '';
}


my $old = link_of('pixel', 1);

is($old, $t->pixel(1, 1), 'SQL signs as the test does');
is(result($old), 'accepted', 'a pixel_url of mail_links is accepted');

for my $other (qw/ unsubscribe privacy /) {
    is(result(link_of($other, 1) =~ s{^/./}{/o/}r), 'wrong_kind',
        "the token of its ${other}_url is none for a pixel");
}

# a second key: nginx first, then the database

my $id = $pg->value('SELECT mytwip.new_key()');
my $early = $pg->value('SELECT mytwip.token(1, id, secret, 1, 2)'
    . " FROM mytwip.signing_key WHERE id = $id");

is(result("/o/$early"), 'unknown_key', 'nginx does not know a key just made');

$t->write_keys('keys', $pg->value('SELECT mytwip.key_file()'));
$t->reload();

is(result("/o/$early"), 'accepted',
    'after a reload with the new file it does');

$pg->query("SELECT mytwip.activate_key($id)");

my $new = link_of('pixel', 3);

isnt(substr($new, 3, 6), substr($old, 3, 6), 'once activated, it signs');
is(result($new), 'accepted', 'and what it signs is accepted');
is(result($old), 'accepted', 'as is the mail of before');

$t->eventually_is(sub { $pg->value(
    'SELECT string_agg(reader_id::text, \' \' ORDER BY at, reader_id)'
    . ' FROM mytwip.open') }, '1 2 3 1', 'all of these opens are stored');
