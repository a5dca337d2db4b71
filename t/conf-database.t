#!/usr/bin/perl

# A connection string that libpq could not use is told by "nginx -t", before
# nginx serves with it. No password is shown, or taken.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Conf;

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

done_testing();
