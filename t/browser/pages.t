#!/usr/bin/perl

# The readers' pages in a browser, each in every language, as nginx's SSI makes
# them: narrow and wide, light and dark, with the keyboard, without scripts,
# and with values that somebody has chosen to do harm. There is no module here:
# nginx.conf sets the values, and a POST gets the page back.

use strict;
use warnings;
use utf8;
use open qw/ :std :utf8 /;

use lib 't/lib', 't/browser/lib';
use Test::More;
use Test::Mytwip;
use Browser;

my @languages = qw/ fr en de /;
my @pages = qw/
    unsubscribe unsubscribed unsubscribed-all resubscribed invalid unavailable
    privacy privacy-stopped privacy-access privacy-erase privacy-erasure
    privacy-invalid
/;

# pages that name the newsletter, and what they ask for, from the top
my %named = map { $_ => 1 } qw/
    unsubscribe unsubscribed resubscribed privacy
/;
my %actions = (
    'unsubscribe'      => [qw/ unsubscribe unsubscribe_all /],
    'unsubscribed'     => [qw/ undo unsubscribe_all /],
    'unsubscribed-all' => [qw/ undo /],
    'resubscribed'     => [qw/ unsubscribe /],
    'privacy'          => [qw/ stop access erase /],
    'privacy-erase'    => [qw/ erase_sure /],
);

my %quoted = (fr => '« %s »', en => '“%s”', de => '„%s“');

my @views = map {
    my $width = $_;
    map { { width => $width, scheme => $_ } } qw/ light dark /;
} 320, 1280;

my $hostile = q{<b>"x"</b> & ' title};
my $long = 'Donaudampfschifffahrtsgesellschaft' x 6;

my $t = Test::Mytwip->new();
my $browser = Browser->new($t);

$t->plan(@languages * @pages * 11);

my $conf = <<'EOT';
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    default_type  text/html;
    charset       utf-8;
    ssi           on;
    error_page    405 =200 $uri;

    add_header  Content-Security-Policy "default-src 'none'; style-src 'nonce-$request_id'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    add_header  Referrer-Policy no-referrer;
    add_header  Cache-Control no-store;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /full/ {
            alias %%TESTDIR%%/pages/;
            set $mytwip_newsletter "news of one";
            set $mytwip_sender     news@one.example.org;
            set $mytwip_contact    privacy@mytwip.example;

            set $mytwip_controller      "Company one";
            set $mytwip_region          FR;
            set $mytwip_open_days       396;
            set $mytwip_smallest_group  5;
            set $mytwip_measured        yes;
            set $mytwip_access_asked    2026-03-01;
            set $mytwip_erasure_asked   2026-03-01;
        }

        location /bare/ {
            alias %%TESTDIR%%/pages/;
            set $mytwip_newsletter "";
            set $mytwip_controller "";
            set $mytwip_sender     "";
            set $mytwip_contact    "";
        }

        location /hostile/ {
            alias %%TESTDIR%%/pages/;
            set $mytwip_newsletter "HOSTILE";
            set $mytwip_sender     "<script>x</script>@example.org";
            set $mytwip_controller "<script>x</script>";
            set $mytwip_measured   yes;
            set $mytwip_region     FR;
            set $mytwip_access_asked   "<b>x</b>";
            set $mytwip_erasure_asked  "<b>x</b>";
            set $mytwip_open_days      "<b>x</b>";
            set $mytwip_smallest_group "<b>x</b>";
            set $mytwip_contact    "<!--# echo var='request_id' -->";
        }

        location /long/ {
            alias %%TESTDIR%%/pages/;
            set $mytwip_newsletter "LONG";
            set $mytwip_sender     "LONG@example.org";
            set $mytwip_controller "LONG";
            set $mytwip_contact    "LONG@example.org";
        }
    }
}
EOT

$conf =~ s/LONG/$long/g;
$conf =~ s/HOSTILE/$hostile =~ s{"}{\\"}gr/e;

$t->write_file_expand('nginx.conf', $conf);

# nothing of the module: the variables are nginx.conf's
$t->write_file('nginx.conf',
    $t->read_file('nginx.conf') =~ s/^load_module .*\n//mr);

$t->run();


sub url {
    my ($values, $language, $page) = @_;

    return 'http://127.0.0.1:' . $t->port(0)
        . "/$values/$language/$page.html";
}


# Tests that the list is empty; shows it when it is not.
sub none {
    my ($found, $name) = @_;

    is(join("\n", @$found), '', $name);

    return;
}


for my $language (@languages) {
    for my $page (@pages) {
        look_at($language, $page);
        fill_in($language, $page);
        use_keyboard($language, $page);
        ask($language, $page);
    }
}


# Every view, with and without what is to be said.
sub look_at {
    my ($language, $page) = @_;

    my (@axe, @wide, @low, @problems, @heads);

    for my $values (qw/ full bare /) {
        $browser->open(url => url($values, $language, $page));

        for my $view (@views) {
            my $where = "$values, $view->{width}, $view->{scheme}";

            $browser->view(%$view);

            my $seen = $browser->look();

            push @wide, $where if $seen->{overflow} > 0;
            push @low, map { "$where: $_" } @{$seen->{low}};
            push @heads, "$where: $seen->{lang}, $seen->{title}"
                if $seen->{lang} ne $language || $seen->{title} !~ / /
                    || @{$seen->{h1}} != 1;

            $browser->shot("$page-$language-$view->{width}-$view->{scheme}")
                if $values eq 'full';

            my $axe = $browser->audit();

            push @axe, map { "$where: $_" } @{$axe->{found}},
                $axe->{passed} < 10 ? 'it has not looked' : ();
        }

        my $seen = $browser->look();

        push @problems, map { "$values: $_" } @{$seen->{problems}},
            @{$seen->{requests}} == 1 ? () : 'it asks for something else';
    }

    none($browser->early()->{taken},
        "$language/$page: it takes no second click of a double click");
    none(\@axe, "$language/$page: axe finds nothing");
    none(\@wide, "$language/$page: it never scrolls sideways");
    none(\@low, "$language/$page: what is to be touched is 44 px high");
    none(\@problems, "$language/$page: nothing is refused or fetched");
    none(\@heads, "$language/$page: language, title and one heading");

    return;
}


# What the values become.
sub fill_in {
    my ($language, $page) = @_;

    my %seen = map { $_ => $browser->open(
        url => url($_, $language, $page), width => 320)
    } qw/ full bare hostile long /;

    my (@wrong, @odd);

    for my $values (qw/ full hostile /) {
        my $title = sprintf $quoted{$language},
            $values eq 'full' ? 'news of one' : $hostile;

        $title =~ s/(?<=«) | (?=»)/\x{a0}/g;

        push @wrong, "$values: $seen{$values}{title}" if $named{$page}
            && grep { index($_, $title) < 0 } $seen{$values}{title},
                $seen{$values}{h1}[0];
    }

    push @wrong, 'hostile: what was text is more than text'
        if $seen{hostile}{elements} != $seen{full}{elements}
            || @{$seen{hostile}{problems}};
    push @wrong, 'long: it is wider than the window'
        if $seen{long}{overflow} > 0;

    none(\@wrong, "$language/$page: a value is text, whatever is in it");

    none([ $seen{bare}{empty} ? 'an element is empty' : (),
        grep { /\(none\)|[“„«][”“»\s]*[”“»]|\bnews of\b|@/ }
            $seen{bare}{title}, $seen{bare}{text} ],
        "$language/$page: a value that is not there leaves no hole");

    for my $text ($seen{full}{title}, $seen{full}{text}) {
        push @odd, $text if $text =~ /['"]|\.\.\.| {2}| -+ /;
        push @odd, $text if $language eq 'fr'
            && $text =~ /(?<![\xa0\x{202f}])[?!;:»]|«(?!\xa0)|[“”„]/;
        push @odd, $text if $language eq 'de' && $text =~ /[«»”]|“(?=\w)/;
        push @odd, $text if $language eq 'en' && $text =~ /[«»„]/;
    }

    none(\@odd, "$language/$page: set as the language is set");

    return;
}


# The Tab key alone.
sub use_keyboard {
    my ($language, $page) = @_;

    my $seen = $browser->open(url => url('full', $language, $page),
        width => 320);
    my $stops = $browser->tabs()->{stops};

    my @reached = map { $_->{name} } grep { $_->{tag} eq 'button' } @$stops;
    my @unseen = map { "not seen: $_->{name}" } grep { !$_->{seen} } @$stops;

    push @unseen, 'not the first' if $page eq 'unavailable'
        && (@$stops != 1 || $stops->[0]{tag} ne 'a');

    is(join("\n", @reached, @unseen), join("\n", @{$seen->{buttons}}),
        "$language/$page: the Tab key leads to all, and shows where it is");

    return;
}


# What its buttons send, with scripts off.
sub ask {
    my ($language, $page) = @_;

    my $url = url('full', $language, $page);
    my $seen = $browser->open(url => $url, width => 320, scripts => \0);
    my @sent;

    for my $action (@{$seen->{actions}}) {
        my $answer = $browser->press(action => $action);
        my $request = $answer->{requests}[-1];

        push @sent, $request->{body} =~ s/^reason=&//r
            . ($request->{method} ne 'POST' ? " by $request->{method}" : '')
            . ($request->{url} ne $url ? " to $request->{url}" : '')
            . ($request->{type} ne 'application/x-www-form-urlencoded'
                ? " as $request->{type}" : '')
            . ($answer->{status} != 200 ? ", status $answer->{status}" : '');
    }

    if (!@sent && $page eq 'unavailable') {
        my ($name) = map { $_->{name} } @{$browser->tabs()->{stops}};
        my $answer = $browser->press(link => $name);

        push @sent, 'not by GET' if @{$answer->{requests}} != 2
            || $answer->{requests}[-1]{method} ne 'GET'
            || $answer->{url} ne $url;
    }

    is("@sent", join(' ', map { "action=$_" } @{$actions{$page} || []}),
        "$language/$page: its buttons send what they say, without scripts");

    return;
}
