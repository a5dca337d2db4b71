#!/usr/bin/perl

# Whatever answers in the place of PostgreSQL, nginx goes on: the answer is
# told in one line of the log, the events stay in the journal, and are stored
# when a server answers as it should. Here a server of the test's own speaks
# the protocol, and says what no PostgreSQL would.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Test::More;

use lib 't/lib';
use Test::Mytwip;
use Test::Mytwip::System qw/ spew slurp wait_until /;

use constant INT8 => 20;

my $t = Test::Mytwip->new();


# What the server says to each statement; each gives the bytes that stand
# before ReadyForQuery. The first argument is the number of the statement's
# third parameter, where a batch ends.

sub message { return $_[0] . pack('N', 4 + length $_[1]) . $_[1] }

sub columns {
    return message('T', pack('n', scalar @_)
        . join '', map { "c\0" . pack('NnNnNn', 0, 0, $_, 8, 0xffffffff, 1) }
            @_);
}

sub row {
    return message('D', pack('n', scalar @_) . join '', map {
        defined $_ ? pack('N', length $_) . $_ : pack 'N', 0xffffffff } @_);
}

sub rows { return join '', columns(@{$_[0]}), @_[1 .. $#_],
    message('C', "SELECT 1\0") }

sub error { return message('E', join('', map { "$_\0" } @_) . "\0") }

my %says = (
    good      => sub { return rows([ INT8 ], row(pack 'q>', $_[0])) },
    nothing   => sub { return rows([ INT8 ]) },
    null      => sub { return rows([ INT8 ], row(undef)) },
    short     => sub { return rows([ INT8 ], row("\0\0\1")) },
    empty     => sub { return rows([ INT8 ], row('')) },
    long      => sub { return rows([ INT8 ], row('x' x 70000)) },
    many      => sub { return rows([ INT8 ],
        map { row(pack 'q>', $_[0]) } 1 .. 3) },
    wide      => sub { return rows([ (INT8) x 9 ],
        row((pack 'q>', 1) x 9)) },
    negative  => sub { return rows([ INT8 ], row(pack 'q>', -8)) },
    nowhere   => sub { return rows([], row()) },
    done      => sub { return message('C', "SELECT 0\0") },
    void      => sub { return message('I', '') },
    copy      => sub { return message('G', "\0\0\0") },
    wordless  => sub { return error('SERROR', 'C22023') },
    codeless  => sub { return error('SERROR', 'Mno code') },
    mute      => sub { return error() },
    injection => sub { return error('SERROR', 'C22023', "Mone\n2026/01/01"
        . " 00:00:00 [emerg] 1#1: two\e[2J" . 'x' x 3000) },
    notice    => sub { return message('N', "SNOTICE\0C00000\0Mhello\0\0")
        . rows([ INT8 ], row('')) },
    listen    => sub { return message('A', pack('N', 1) . "a\0b\0")
        . rows([ INT8 ], row('')) },
    unknown   => sub { return message('~', 'what?') },
    huge      => sub { return 'D' . pack('N', 0x7fffffff) . 'x' x 100 },
    tiny      => sub { return 'D' . pack('N', 1) },
    bare      => sub { return '' },
);

# the last is said to other workers: each says once a minute what is refused
my @hostile = ((grep { !/^(?:good|wordless)$/ } sort keys %says), 'wordless');

$t->plan(2 * @hostile + 3);

my $saying = $t->dir() . '/saying';
my $said = $t->dir() . '/said';


# The server: one process for all connections. It notes what it has said.
sub serve {
    my ($listen) = @_;

    my %input;
    my $select = IO::Select->new($listen);

    $SIG{PIPE} = 'IGNORE';

    while (1) {
        for my $socket ($select->can_read()) {

            if ($socket == $listen) {
                my $client = $listen->accept() or next;
                $select->add($client);
                $input{$client} = { text => '', started => 0 };
                next;
            }

            my $in = $input{$socket};

            if (!sysread $socket, $in->{text}, 65536, length $in->{text}) {
                $select->remove($socket);
                close $socket;
                next;
            }

            talk($socket, $in);
        }
    }
}


sub talk {
    my ($socket, $in) = @_;

    while (length $in->{text} >= 5) {
        my $head = $in->{started} ? 1 : 0;
        my $length = $head + unpack 'N', substr $in->{text}, $head, 4;

        return if length $in->{text} < $length;

        my $part = substr $in->{text}, 0, $length, '';

        if (!$in->{started}) {
            $in->{started} = 1;
            syswrite $socket, message('R', pack 'N', 0)
                . message('S', "server_version\x0015.0\0")
                . message('S', "client_encoding\0UTF8\0")
                . message('K', pack 'NN', 1, 1) . message('Z', 'I');
            next;
        }

        $in->{sql} = (split /\0/, substr $part, 5)[1] if $part =~ /^P/;
        $in->{to} = third($part) if $part =~ /^B/;

        answer($socket, $in) if $part =~ /^S/;
    }
}


# The third parameter of a Bind: two names, formats, then the values.
sub third {
    my ($part) = @_;

    my (undef, undef, $formats, $rest) = unpack 'x5 Z* Z* n a*', $part;
    my @values = unpack 'n/(N/a)', substr $rest, 2 * $formats;

    return @values > 2 && length $values[2] == 8 ? unpack 'q>', $values[2] : 0;
}


sub answer {
    my ($socket, $in) = @_;

    my $sql = $in->{sql} || '';

    my $ready = message('1', '') . message('2', '');
    my $saying = slurp($saying);

    # no segment is known, or nothing else would be asked

    if ($sql =~ /journal_positions/) {
        syswrite $socket, $ready . rows([ 2950, INT8 ]) . message('Z', 'I');
        return;
    }

    syswrite $socket, $ready . $says{$saying}->($in->{to})
        . message('Z', 'I');

    spew($said, $saying) if $sql =~ /ingest/;
}


my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1',
    LocalPort => $t->port(1), Listen => 32, ReuseAddr => 1)
    or die "cannot listen: $!\n";

tell_server('good');

my $server = fork;
die "cannot fork: $!\n" unless defined $server;

if ($server == 0) {
    $SIG{TERM} = 'DEFAULT';
    serve($listen);
}

close $listen;


$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "host=127.0.0.1 port=%%PORT_1%% dbname=a user=a
                     sslmode=disable gssencmode=disable";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;
    mytwip_batch    delay=10ms;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location /u/ {
            mytwip_unsubscribe;
            mytwip_pages  conf.example/pages;
            ssi           on;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

my $pages = $t->root() . '/conf.example/pages';
$t->write_file('nginx.conf', $t->read_file('nginx.conf')
    =~ s/conf\.example\/pages/$pages/r);

# the word is the server's, the level is ours
$t->expect_log(qr/\[error\].*database: /);
$t->run();

my @workers = $t->workers();

ok(stored('good'), 'a server that answers as it should has the events');


# At once, as the server may be reading.
sub tell_server {
    my ($what) = @_;

    spew("$saying.new", $what);
    rename "$saying.new", $saying or die "cannot rename $saying: $!\n";

    return;
}


# Whether the server was told of an event, and has said this to it.
sub stored {
    my ($what) = @_;

    unlink $said;
    tell_server($what);
    http_get($t->pixel(1, 7));

    return wait_until(sub { -f $said && slurp($said) eq $what }, 8);
}


for my $what (@hostile) {
    if ($what eq 'wordless') {
        $t->reload();
        @workers = $t->workers();
    }

    stored($what) or diag("\"$what\" was not said");

    # a page, meanwhile, does without what it would show
    like(http_get('/u/' . $t->token(1, 7, kind => 2)), qr/^HTTP\S+ 200 /,
        "$what: a page is answered");

    tell_server('good');

    ok(wait_until(sub { $t->settled() }, 8)
        && join(' ', $t->workers()) eq "@workers",
        "$what: nginx goes on, and stores it when it can");
}

my @lines = split /\n/, $t->error_log();

is(scalar(grep { !/^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[\w+\] \d+#\d+: / }
    @lines), 0, 'no answer begins a line of the log');
is(scalar(grep { /\[emerg\]/ && !/22023: one 2026/ || /\e/ } @lines), 0,
    'and none is there with what a terminal would obey');

END {
    my $status = $?;
    if ($server) { kill 'TERM', $server; waitpid $server, 0 }
    $? = $status;
}
