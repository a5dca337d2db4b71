package Test::Mytwip::Conf;

# For the tests of nginx.conf: a whole configuration of which a test replaces
# one part, and what "nginx -t" says of it.

use strict;
use warnings;

use Exporter qw/ import /;
use Test::More;

our @EXPORT = qw/ conf refused accepted /;

our %good = (
    main     => '',
    database => 'mytwip_database "%%DATABASE%%";',
    keys     => 'mytwip_keys %%KEYS%%;',
    journal  => 'mytwip_journal %%TESTDIR%%/journal;',
    http     => '',
    server   => '',
    location => 'mytwip_pixel;',
);


sub conf {
    my %part = (%good, @_);

    return <<"EOT";
%%TEST_GLOBALS%%
$part{main}

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    $part{database}
    $part{keys}
    $part{journal}
    $part{http}

    server {
        listen  127.0.0.1:%%PORT_0%%;
        $part{server}

        location /o/ {
            $part{location}
        }
    }
}
EOT
}


# A test that the configuration with these parts is refused with this message,
# and that the message tells the file and the line, which is marked #HERE.
sub refused {
    my ($t, $name, $message, @part) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    return subtest $name => sub {
        my ($rc, $text) = $t->nginx_t(conf(@part));
        my ($before) = $t->read_file('test.conf') =~ /\A(.*?)#HERE/s;
        my $line = 1 + ($before =~ tr/\n//);

        isnt($rc, 0, 'it is refused');
        like($text, $message, 'with a message');
        like($text, qr{\[emerg\].* in \Q${\$t->dir()}\E/test\.conf:$line\s},
            'that tells where');
    };
}


sub accepted {
    my ($t, $name, @part) = @_;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my ($rc, $text) = $t->nginx_t(conf(@part));

    return is($rc, 0, $name) || diag($text);
}


1;
