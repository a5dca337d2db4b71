#!/usr/bin/perl

# TLS to PostgreSQL with sslmode=verify-full: the server that the certificate
# names is believed, no other is told anything, and the log says why. The test
# has an authority of its own, and one that nobody trusts.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ am_root chown_to run_command slurp spew /;

my $t = Test::Mytwip->new()->own_cluster()->plan(17);

my $dir = $t->dir();
my $pg = $t->pg();
my $data = $t->cluster()->dir() . '/data';


sub openssl {
    my (@command) = @_;

    my ($rc, $text) = run_command('openssl', @command);

    die "openssl @command:\n$text" if $rc;

    return;
}


# An authority: NAME.key and NAME.crt.
sub authority {
    my ($name) = @_;

    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', 2,
        '-subj', "/CN=$name", '-keyout', "$dir/$name.key",
        '-out', "$dir/$name.crt");

    return;
}


# The server's certificate, for this name.
sub certificate {
    my ($ca, $host) = @_;

    spew("$dir/ext", "subjectAltName = DNS:$host\n");

    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', "/CN=$host",
        '-keyout', "$data/server.key", '-out', "$dir/server.csr");
    openssl('x509', '-req', '-in', "$dir/server.csr", '-CA', "$dir/$ca.crt",
        '-CAkey', "$dir/$ca.key", '-CAcreateserial', '-days', 2,
        '-extfile', "$dir/ext", '-out', "$data/server.crt");

    chmod 0600, "$data/server.key";
    chown_to('postgres', "$data/server.key", "$data/server.crt") if am_root();

    return;
}


# Starts nginx with this added to the connection string, and fetches a pixel.
sub try {
    my (%word) = @_;

    my $conninfo = $pg->conninfo(hostaddr => '127.0.0.1',
        host => 'db.example.org', sslmode => 'verify-full',
        sslrootcert => "$dir/ours.crt", %word);

    $t->write_file_expand('nginx.conf', <<"EOT");
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "$conninfo";
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

    unlink "$dir/error.log";
    $t->run();
    http_get($t->pixel(1, 7));

    return;
}


sub refused {
    my ($reason, $name, %word) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    try(%word);
    $t->eventually(sub { $t->error_log() =~ $reason }, "$name is said")
        or diag($t->error_log());
    is($pg->value('SELECT count(*) FROM mytwip.open'), 0,
        "$name is not told anything");
    like(http_get($t->pixel(1, 7)), qr{^HTTP/1.1 200 }, 'readers see nothing');
    $t->quit();

    return;
}


authority('ours');
authority('theirs');
certificate('ours', 'db.example.org');

spew("$data/postgresql.auto.conf", slurp("$data/postgresql.auto.conf")
    . "ssl = on\n");
$pg->restart();

# not the one that it seems to be

refused(qr/database: .*certificate verify failed/, 'a server of a foreign'
    . ' authority', sslrootcert => "$dir/theirs.crt");
refused(qr/database: .*does not match host name/, 'a server of another name',
    host => 'other.example.org');

# the right one

try();
$t->eventually_is(sub { $pg->value('SELECT sum(fetches) FROM mytwip.open') }, 5,
    'the right one is told all that waited');
is($pg->value('SELECT bool_and(s.ssl) FROM pg_stat_ssl AS s'
    . ' JOIN pg_stat_activity AS a USING (pid)'
    . q{ WHERE a.usename = 'mytwip_nginx'}), 't', 'through TLS');

# under load: TLS holds bytes that no event announces

my $report = $t->traffic(connections => 4, requests => 2000)->wait();

is(join(' ', keys %{$report->{statuses}}), 200, 'with traffic, too');
$t->eventually(sub { $t->settled() }, 'it has all that came');
is($pg->value('SELECT sum(fetches) FROM mytwip.open'), 2005, 'once');
$t->quit();

# one that has lost its certificate

certificate('theirs', 'db.example.org');
$pg->restart();
$pg->query('TRUNCATE mytwip.open');

refused(qr/database: .*certificate verify failed/,
    'a server with a new certificate of a foreign authority');

# and one without TLS

spew("$data/postgresql.auto.conf",
    slurp("$data/postgresql.auto.conf") =~ s/^ssl = on$/ssl = off/mr);
$pg->restart();

refused(qr/database: .*server does not support SSL/, 'a server without TLS');
