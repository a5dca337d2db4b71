package Test::Mytwip;

# The harness, in the idiom of nginx-tests, with the database added: a test
# writes its nginx.conf, runs nginx, asks it something, and looks in the tables
# whether it has come true.
#
#     use lib 't/lib';
#     use Test::More;
#     use Test::Mytwip;
#
#     my $t = Test::Mytwip->new()->plan(2);
#
#     $t->write_file_expand('nginx.conf', <<'EOT');
#     %%TEST_GLOBALS%%
#     ...
#     EOT
#
#     $t->run();
#
#     like(http_get($t->pixel(1, 7)), qr/200 OK/, 'the pixel is answered');
#     $t->eventually_is(sub { $t->pg->value('SELECT ...') }, 1, 'and stored');
#
# At the end of a file it stops what it started, and checks what every test
# promises: no crash, nothing alarming in the log, no connection left open.

use strict;
use warnings;

use Cwd qw/ realpath /;
use Exporter qw/ import /;
use File::Basename qw/ dirname /;
use File::Path qw/ remove_tree /;
use JSON::PP qw/ decode_json /;
use Test::More ();

use Test::Mytwip::Cluster;
use Test::Mytwip::HTTP;
use Test::Mytwip::Nginx;
use Test::Mytwip::System qw/
    am_root make_dir free_port title holders wait_until slurp spew
/;
use Test::Mytwip::Token;
use Test::Mytwip::Traffic;

use parent -norequire, 'Test::Mytwip::Nginx';

our @EXPORT = @Test::Mytwip::HTTP::EXPORT;

use constant {
    LIMIT   => 240,                     # seconds for a whole file
    PATIENT => 10,                      # seconds for a condition
    CHECKS  => 3,                       # of finish()
};

my $ROOT = realpath(dirname(__FILE__) . '/../../..');
my @tests;


sub new {
    my ($class) = @_;

    my $self = bless {
        owner => $$, dir => make_dir('mytwip-test'), log => 'error.log',
        ports => [], expected => [], killed => {}, orphans => [], env => {},
    }, $class;

    push @tests, $self;

    $SIG{$_} = sub { exit 1 } for qw/ INT TERM HUP /;
    $SIG{ALRM} = sub {
        Test::More::diag('the test took longer than ' . LIMIT . ' s');
        exit 1;
    };
    alarm LIMIT;

    $Test::Mytwip::HTTP::PORT = $self->port(0);

    return $self;
}


sub plan {
    my ($self, $tests) = @_;

    Test::More::plan(tests => $tests + CHECKS);
    $self->{planned} = 1;

    return $self;
}


sub root { return $ROOT }
sub dir { return $_[0]{dir} }
sub journal { return "$_[0]{dir}/journal" }
sub pid { return $_[0]{pid} }


sub port {
    my ($self, $n) = @_;

    $self->{ports}[$n] ||= free_port();

    return $self->{ports}[$n];
}


# The user of the workers, when root may choose one.
sub user {
    return am_root() ? (getpwnam 'www-data') ? 'www-data' : 'nobody'
                     : scalar getpwuid $>;
}


# What a file needs

sub read_file {
    my ($self, $name) = @_;

    return slurp("$self->{dir}/$name");
}


sub write_file {
    my ($self, $name, $text) = @_;

    spew("$self->{dir}/$name", $text);

    return $self;
}


sub write_file_expand {
    my ($self, $name, $text) = @_;

    return $self->write_file($name, $self->expand($text));
}


sub expand {
    my ($self, $text) = @_;

    my %made = (
        TEST_GLOBALS      => sub { $self->globals() },
        TEST_GLOBALS_HTTP => sub { $self->globals_http() },
        MODULE            => sub { $self->load_module() },
        TESTDIR           => sub { $self->{dir} },
        DATABASE          => sub { $self->pg()->conninfo() },
        KEYS              => sub { $self->keys_file() },
    );

    $text =~ s/%%PORT_(\d+)%%/$self->port($1)/ge;
    $text =~ s/%%([A-Z_]+)%%/
        $made{$1} ? $made{$1}->() : die "nothing is known as %%$1%%\n"/gex;

    return $text;
}


sub globals {
    my ($self) = @_;

    return $self->load_module() . "\n"
        . (am_root() ? "user " . user() . ";\n" : '')
        . "pid $self->{dir}/nginx.pid;\n"
        . "error_log $self->{dir}/$self->{log} info;\n"

        # of nginx's environment, an upgraded binary has what is named
        . join '', map { "env $_;\n" } grep { defined $ENV{$_} }
            qw/ ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS /;
}


sub globals_http {
    my ($self) = @_;

    return "access_log $self->{dir}/access.log;\n" . join '',
        map { "${_}_temp_path $self->{dir}/$_;\n" }
            qw/ client_body proxy fastcgi uwsgi scgi /;
}


# Nothing, for a module that is linked into nginx: MYTWIP_MODULE=static.
sub load_module {
    my $module = $ENV{MYTWIP_MODULE} || $ENV{MODULE}
        || 'build/ngx_mytwip_module.so';

    return '' if $module eq 'static';

    $module = "$ROOT/$module" unless $module =~ m{^/};
    die "$module is not there: run \"make module\"\n" unless -e $module;

    return "load_module $module;";
}


# The signing keys as the database has them, for %%KEYS%% and for tokens.
sub keys_file {
    my ($self) = @_;

    my $path = "$self->{dir}/keys";

    if (!-e $path) {
        $self->write_keys('keys', $self->pg()->value(
            'SELECT mytwip.key_file()') . "\n");
    }

    return $path;
}


sub write_keys {
    my ($self, $name, $text, $mode) = @_;

    my $path = "$self->{dir}/$name";

    spew($path, $text);
    chmod defined $mode ? $mode : 0600, $path;

    return $path;
}


# A token; by default for a pixel and with the key that signs.
sub token {
    my ($self, $issue, $reader, %opt) = @_;

    if (!$self->{secret}) {
        my ($key, $hex) = slurp($self->keys_file())
            =~ /^(\d+):([0-9a-f]{64})$/m;
        $self->{key} = $key;
        $self->{secret} = pack 'H*', $hex;
    }

    return mint_token(issue => $issue, reader => $reader,
        key => $self->{key}, secret => $self->{secret}, %opt);
}


# The URI of the pixel in the mail of this issue to this reader.
sub pixel {
    my ($self, $issue, $reader, %opt) = @_;

    return '/o/' . $self->token($issue, $reader, %opt) . '.gif';
}


# Pixels of which each names another issue and reader: number 0 to 9,999.
sub numbered_pixel {
    my ($self, $n) = @_;

    return $self->pixel(1 + int($n / 1000), 1 + $n % 1000);
}


# The database of this test

sub own_cluster {
    my ($self) = @_;

    die "own_cluster() comes before the database is used\n" if $self->{pg};

    $self->{cluster} = Test::Mytwip::Cluster->create();

    return $self;
}


sub cluster {
    my ($self) = @_;

    $self->{cluster} ||= Test::Mytwip::Cluster->shared()
        || Test::Mytwip::Cluster->create();

    return $self->{cluster};
}


sub pg {
    my ($self) = @_;

    if (!$self->{pg}) {
        my $pg = $self->cluster()->database();
        my $port = $self->port(0);

        $pg->query('ALTER DATABASE ' . $pg->name()
            . " SET mytwip.base_url = 'http://127.0.0.1:$port'");
        $pg->close();

        $self->{pg} = $pg;
    }

    return $self->{pg};
}


# What is stored of the numbered pixels: number to how often.
sub stored_numbers {
    my ($self) = @_;

    my %times;

    $times{($_->[0] - 1) * 1000 + $_->[1] - 1} = $_->[2] for $self->pg()->rows(
        'SELECT issue_id, reader_id, sum(fetches) FROM mytwip.open'
        . ' WHERE reader_id IS NOT NULL GROUP BY 1, 2');

    return \%times;
}


# Seeing what happens

sub error_log {
    my ($self) = @_;

    return -e "$self->{dir}/error.log" ? $self->read_file('error.log') : '';
}


# The counters, from the location /status.
sub status {
    my ($self, $uri) = @_;

    my $answer = http_get($uri || '/status');
    my $status = eval { decode_json(http_body($answer)) };

    die "no status: " . (defined $answer ? $answer : 'no answer') . "\n"
        unless $status;

    return $status;
}


# True once nothing that was accepted waits for the database.
sub settled {
    my ($self) = @_;

    return $self->status()->{total}{pending}{events} == 0;
}


# A test that passes as soon as the condition is true.
sub eventually {
    my ($self, $condition, $name, $timeout) = @_;

    my $error;
    my $got = wait_until(sub {
        my $now = eval { $condition->() };
        $error = $@;
        return $now;
    }, defined $timeout ? $timeout : PATIENT);

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $ok = Test::More::ok($got, $name);
    Test::More::diag("the condition failed: $error") if !$ok && $error;

    return $ok;
}


# The same with a value, which is shown if it does not become what it should.
sub eventually_is {
    my ($self, $value, $expected, $name, $timeout) = @_;

    my ($last, $error);

    wait_until(sub {
        $last = eval { $value->() };
        $error = $@;
        return defined $last && $last eq $expected;
    }, defined $timeout ? $timeout : PATIENT);

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $ok = Test::More::is($last, $expected, $name);
    Test::More::diag("the value failed: $error") if !$ok && $error;

    return $ok;
}


# A test that every answered number is stored once, every other one that was
# sent at most once, and nothing else.
sub exactly_once {
    my ($self, $report, $name) = @_;

    my ($times, @lost);

    # what a process has left is in nobody's status until it is adopted
    wait_until(sub {
        $times = $self->stored_numbers();
        @lost = grep { !$times->{$_} } @{$report->{answered}};
        return !@lost && $self->settled();
    }, PATIENT);

    my %sent = map { $_ => 1 }
        @{$report->{answered}}, @{$report->{unanswered}};
    my @twice = grep { $times->{$_} > 1 } keys %$times;
    my @unknown = grep { !$sent{$_} } keys %$times;

    local $Test::Builder::Level = $Test::Builder::Level + 1;

    my $ok = Test::More::ok(!@lost && !@twice && !@unknown
        && @{$report->{answered}} > 0, $name);

    Test::More::diag(sprintf
        '%d answered, %d unanswered; %d lost, %d more than once, %d unknown',
        map { scalar @$_ } $report->{answered}, $report->{unanswered}, \@lost,
        \@twice, \@unknown) unless $ok;

    return $ok;
}


# Requests in the background: see Test::Mytwip::Traffic.
sub traffic {
    my ($self, %opt) = @_;

    $self->keys_file();

    return Test::Mytwip::Traffic->start(
        uri => sub { $self->numbered_pixel($_[0]) }, %opt);
}


# Lines of level alert, emerg or crit that the test provokes.
sub expect_log {
    my ($self, @patterns) = @_;

    push @{$self->{expected}}, @patterns;

    return $self;
}


# The end

sub finish {
    my ($self) = @_;

    $self->end('TERM');
    kill 'KILL', splice @{$self->{orphans}};

    $self->check() if $self->{planned} && $? == 0;
    $self->clean_up();

    return;
}


sub check {
    my ($self) = @_;

    my $log = $self->error_log();

    my @crashes = grep { !/process (\d+) exited on signal 9/
        || !$self->{killed}{$1} } $log =~ /^.*exited on signal.*$/mg;

    Test::More::is(join("\n", @crashes,
        $log =~ /^.*(?:Sanitizer|runtime error:).*$/mg,
        $self->{stuck} ? 'nginx did not end' : ()), '',
        'no process of nginx crashed or hung');

    my @alarms = grep {
        my $line = $_;
        $line !~ /exited on signal/
            && !grep { $line =~ $_ } @{$self->{expected}};
    } $log =~ /^.*\[(?:alert|emerg|crit)\].*$/mg;

    Test::More::is(join("\n", @alarms), '', 'nothing alarming is in the log');

    my $none = !$self->{pg} || wait_until(sub { $self->no_connections() }, 5);

    Test::More::ok($none, 'no connection to the database is left open');

    return;
}


sub no_connections {
    my ($self) = @_;

    # a test may have left its own cluster stopped
    return 1 if $self->{cluster}{owner} && !$self->{cluster}{pid};

    return !$self->{pg}->value('SELECT count(*) FROM pg_stat_activity'
        . ' WHERE datname = current_database() AND pid <> pg_backend_pid()');
}


sub clean_up {
    my ($self) = @_;

    if (my @pids = holders($self->{dir})) {
        Test::More::diag("left running and killed: $_ " . title($_)) for @pids;
        kill 'KILL', @pids;
        $? ||= 1;
    }

    delete $self->{pg};
    $self->{cluster}->destroy() if $self->{cluster};

    if ($ENV{MYTWIP_TEST_KEEP} && ($? || !Test::More->builder->is_passing())) {
        Test::More::diag("kept: $self->{dir}");
        return;
    }

    remove_tree($self->{dir});

    return;
}


END {
    # a child has nothing to clean up
    for my $self (grep { $_->{owner} == $$ } @tests) {
        local @SIG{qw/ INT TERM HUP ALRM /} = ('IGNORE') x 4;
        alarm 0;
        $self->finish();
    }
}


1;
