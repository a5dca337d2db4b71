#!/usr/bin/perl

# A connection string that libpq could not use is told by "nginx -t", before
# nginx serves with it. No password is shown, or taken.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Conf;
use Test::Mytwip::System qw/ am_root /;

my $t = Test::Mytwip->new();

# the connection string

for my $case (
    [ 'nosuchword=1 dbname=x', qr/nosuchword/ ],
    [ 'host=localhost port=abc', qr/port.*"abc"/ ],
    [ 'host=localhost port=1,2', qr/port/ ],
    [ 'host=localhost port=99999', qr/port.*99999/ ],
    [ 'host=localhost sslmode=maybe', qr/sslmode.*"maybe"/ ],
    [ 'host=localhost connect_timeout=soon', qr/connect_timeout.*"soon"/ ],
    [ 'host=localhost target_session_attrs=any-thing',
      qr/target_session_attrs.*"any-thing"/ ],
    [ "host=localhost dbname='x", qr/quoted string/ ],
    [ 'service=nosuchservice', qr/nosuchservice/ ],
    [ 'host=no-such-host.invalid', qr/host not found.*no-such-host\.invalid/ ],
    [ 'host=localhost password=secret', qr/password.*passfile=/ ],
    [ 'postgresql://u:secret@localhost/x', qr/password.*passfile=/ ],
    [ 'postgresql://localhost:x:y/z', qr/x:y|port/ ],
    [ 'mytwip', qr/connection string.*"mytwip"/ ],
    [ '', qr/connection string/ ],
)
{
    my ($string, $message) = @$case;

    refused($t, "\"$string\" as a connection string",
        qr/(?=.*mytwip_database)(?=.*$message)/,
        database => "mytwip_database \"$string\"; #HERE");

    next unless $string =~ /secret/;

    unlike(($t->nginx_t(conf(database => "mytwip_database \"$string\";")))[1],
        qr/secret(?! in)/, 'the password is not shown');
}

# a file of passwords that libpq would pass over without a word

my $dir = $t->dir();
my $passfile = $t->write_keys('passfile', "*:*:*:*:secret\n");

sub passfile {
    my ($name) = @_;

    my ($rc, $text) = $t->nginx_t(conf(database =>
        "mytwip_database \"host=127.0.0.1 passfile=$name\";"));

    return $rc == 0 ? $text : "refused: $text";
}


chown((getpwnam $t->user())[2, 3], $passfile) if am_root();

unlike(passfile($passfile), qr/passfile/, 'a file that can be used is taken');

my $where = qr{in \Q$dir\E/test\.conf:\d+\s};

like(passfile("$dir/none"), qr/\[warn\].*none" of "mytwip_database".*$where/,
    'one that is not there is told');
chmod 0640, $passfile;
like(passfile($passfile), qr/\[warn\].*ignored by libpq.*mode 600.*$where/,
    'and one that others may read');
like(passfile($dir), qr/\[warn\].*ignored by libpq.*$where/,
    'and a directory');

SKIP: {
    skip 'needs root, to have a file of somebody else', 1 unless am_root();

    chmod 0600, $passfile;
    chown 0, 0, $passfile;
    like(passfile($passfile), qr/\[warn\].*read by the workers.*$where/,
        'and one of another user than the workers');
}

done_testing();
