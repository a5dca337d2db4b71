package Browser;

# Debian's chromium, driven by t/browser/driver.js, for tests that look at a
# page as a reader does:
#
#     my $browser = Browser->new($t);
#
#     my $page = $browser->open(url => $url, width => 320);
#     is($page->{title}, '...', '...');
#
#     $page = $browser->press(action => 'unsubscribe');
#
# The commands and what they return are those of the driver. Where chromium or
# what npm brings cannot be had, new() skips the whole test and says why.

use strict;
use warnings;

use Cwd qw/ realpath /;
use File::Basename qw/ dirname /;
use File::Path qw/ make_path /;
use IO::Select;
use IPC::Open2;
use JSON::PP;
use Test::More ();

use Test::Mytwip ();                    # its end comes after ours
use Test::Mytwip::System qw/ run_command wait_exit /;

use constant TIMEOUT => 60;             # seconds for one command

my $HERE = realpath(dirname(__FILE__) . '/..');
my $JSON = JSON::PP->new->utf8;

my @browsers;


# Takes the test, in whose directory it writes, and puts the readers' pages
# there, where nginx's workers may read them: as pages/.
sub new {
    my ($class, $t) = @_;

    my $reason = missing();
    Test::More::plan(skip_all => $reason) if $reason;

    my $home = $t->dir() . '/browser';
    make_path($home, "$HERE/out");
    copy_pages($t->root() . '/conf.example/pages', $t->dir());

    # nothing of the user's, and nothing left behind: not a profile, not a
    # setting, and no proxy between the browser and the test
    local %ENV = (
        (map { $_ => $ENV{$_} } grep { defined $ENV{$_} }
            qw/ PATH LANG CHROMIUM /),
        HOME => $home, TMPDIR => $home, XDG_CONFIG_HOME => $home,
        XDG_CACHE_HOME => $home,
    );

    my $self = bless { owner => $$ }, $class;

    $self->{pid} = open2($self->{out}, $self->{in}, 'node',
        "$HERE/driver.js");
    push @browsers, $self;

    Test::More::note('chromium ' . $self->answer()->{version});

    return $self;
}


sub copy_pages {
    my ($from, $to) = @_;

    for my $command ([ 'cp', '-R', $from, $to ],
        [ 'chmod', '-R', 'a+rX', "$to/pages" ])
    {
        my ($rc, $text) = run_command(@$command);
        die "cannot copy the pages: $text\n" if $rc;
    }

    return;
}


# Why there is no browser; nothing when there is.
sub missing {
    my $chromium = $ENV{CHROMIUM} || '/usr/bin/chromium';

    return "there is no $chromium: install chromium" unless -x $chromium;

    my ($rc, $text) = run_command('node', '-p',
        'process.versions.node.split(".")[0] >= 18');

    return 'there is no node 18 or newer: install nodejs'
        if $rc || $text ne "true\n";

    ($rc, $text) = run_command("$HERE/install");

    return if !$rc;

    return "npm could not install what t/browser/package.json names: "
        . join ' ', split ' ', $text;
}


sub open { my $self = shift; return $self->tell('open', @_) }
sub view { my $self = shift; return $self->tell('view', @_) }
sub look { my $self = shift; return $self->tell('look', @_) }
sub audit { my $self = shift; return $self->tell('audit', @_) }
sub tabs { my $self = shift; return $self->tell('tabs', @_) }
sub early { my $self = shift; return $self->tell('early', @_) }
sub press { my $self = shift; return $self->tell('press', @_) }
sub key { my $self = shift; return $self->tell('key', @_) }
sub tab { my $self = shift; return $self->tell('tab', @_) }
sub choose { my $self = shift; return $self->tell('choose', @_) }
sub click { my $self = shift; return $self->tell('click', @_) }
sub drag { my $self = shift; return $self->tell('drag', @_) }
sub offline { my $self = shift; return $self->tell('offline', @_) }
sub leave { my $self = shift; return $self->tell('leave', @_) }


# A picture of the page, kept as t/browser/out/NAME.png.
sub shot {
    my ($self, $name) = @_;

    return $self->tell('shot', file => "$HERE/out/$name.png");
}


sub tell {
    my ($self, $do, %with) = @_;

    local $SIG{PIPE} = 'IGNORE';
    syswrite $self->{in}, $JSON->encode({ do => $do, %with }) . "\n";

    my $answer = $self->answer();
    die "the browser cannot $do: $answer->{error}\n" if $answer->{error};

    return $answer;
}


sub answer {
    my ($self) = @_;

    my $select = IO::Select->new($self->{out});
    my $text = '';

    while ($text !~ /\n\z/) {
        die "no answer from the browser\n"
            unless $select->can_read(TIMEOUT)
                && sysread $self->{out}, $text, 65536, length $text;
    }

    return $JSON->decode($text);
}


sub quit {
    my ($self) = @_;

    my $pid = delete $self->{pid};

    return if !$pid || $self->{owner} != $$;

    local $?;
    close $self->{in};
    kill 'KILL', $pid unless defined wait_exit($pid, 10);

    return;
}


# Before the end of Test::Mytwip, which looks for what was left running.
END { $_->quit() for @browsers }


1;
