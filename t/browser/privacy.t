#!/usr/bin/perl

# The privacy page in a browser, from the link in the mail to the rows of the
# database: in every language, on a phone and on a desk, with scripts off, and
# with the erasure asked twice before it is sent.

use strict;
use warnings;
use utf8;
use open qw/ :std :utf8 /;

use lib 't/lib', 't/browser/lib';
use Test::More;
use Test::Mytwip;
use Browser;

my $t = Test::Mytwip->new();
my $browser = Browser->new($t);

$t->plan(3 * 2 * 13 + 3 + 2 + 7);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /p/ {
            mytwip_privacy;
            mytwip_pages %%TESTDIR%%/pages;
            ssi on;
            set $mytwip_contact privacy@mytwip.example;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

my $pg = $t->pg();

$t->run();

my $reader = 10;

for my $language (qw/ fr en de /) {
    go_all_the_way($language, $_) for 320, 1280;
}

with_the_keyboard();
through_a_bad_link();
without_the_database();


# A reader of this language, new to the test, and the link in the mail.
sub new_reader {
    my ($language) = @_;

    $reader++;
    $pg->query("UPDATE mytwip.reader SET language = '$language'"
        . " WHERE id = $reader");

    return $pg->value("SELECT privacy_url FROM mytwip.mail_links(1, $reader)");
}


# Whether opens are measured, and what was asked for.
sub state {
    return $pg->value(<<"EOT");
SELECT concat_ws(' ', CASE WHEN named_opens THEN 'measured' ELSE 'not' END,
           (SELECT string_agg("right", ' ' ORDER BY id)
              FROM mytwip.privacy_request AS p WHERE p.reader_id = $reader))
  FROM mytwip.subscription WHERE reader_id = $reader
EOT
}


# Which page it is: its status, its language, what it offers.
sub offer {
    my ($page) = @_;

    return join ' ', $page->{status}, $page->{lang}, @{$page->{actions}};
}


# Back to the first page, by the only link.
sub back {
    my ($language) = @_;

    return $browser->press(
        link => { fr => 'Retour', en => 'Back', de => 'Zurück' }->{$language});
}


sub go_all_the_way {
    my ($language, $width) = @_;

    my $link = new_reader($language);
    my $name = "$language, $width";
    my $view = sub { $browser->shot("privacy-way-$language-$width-$_[0]") };
    my $first = "200 $language stop access erase";

    my $page = $browser->open(
        url => $link, width => $width, scripts => \0);

    $view->('1-page');

    is(offer($page), $first, "$name: the link shows the page");
    like("$page->{title} $page->{h1}[0]", qr/news of one.*news of one/,
        'which names the newsletter');
    unlike($page->{text}, qr/reader$reader/, 'and not the reader');
    is(state(), 'measured', 'and changes nothing');

    $page = $browser->press(action => 'stop');
    $view->('2-stopped');

    is(offer($page) . '; ' . state(), "200 $language; not",
        'the first button ends the measuring');
    is(offer(back($language)), $first, 'and leads back');

    $page = $browser->press(action => 'access');
    $view->('3-access');

    is(offer($page) . '; ' . state(), "200 $language; not access",
        'the second asks for the data');
    like($page->{text}, qr/\b20\d\d-\d\d-\d\d\b/, 'and says when');

    back($language);
    $page = $browser->press(action => 'erase');
    $view->('4-erase');

    is(offer($page) . '; ' . state(), "200 $language erase_sure; not access",
        'the third asks once more');
    is(offer(back($language)) . '; ' . state(), "$first; not access",
        'and whoever goes back has asked for nothing');

    $browser->press(action => 'erase');
    $page = $browser->press(action => 'erase_sure');
    $view->('5-erasure');

    is(offer($page) . '; ' . state(), "200 $language; not access erasure",
        'who is sure asks for the erasure');

    $page = back($language);

    is(() = $page->{text} =~ /\b20\d\d-\d\d-\d\d\b/g, 2,
        'the page says what was asked for, and when');

    my @strange = grep { $_->{url} ne $link } @{$page->{requests}};

    is(join("\n", @{$page->{problems}}, map({ $_->{url} } @strange),
        map { $_->{name} } @{$page->{cookies}}), '',
        'and nothing was refused, fetched from elsewhere or left behind');

    return;
}


sub with_the_keyboard {
    $browser->open(url => new_reader('en'), width => 320, scripts => \0);

    $browser->tab(times => 3);
    my $page = $browser->key(name => 'Enter');

    is(offer($page) . '; ' . state(), '200 en erase_sure; measured',
        'Tab, Tab, Tab, Enter asks once more');

    $browser->tab(times => 1);
    $page = $browser->key(name => 'Enter');

    is(offer($page), '200 en', 'Tab, Enter is answered');
    is(state(), 'measured erasure', 'and asks for the erasure');

    return;
}


sub through_a_bad_link {
    my $page = $browser->open(width => 320, accept => 'de', url =>
        'http://127.0.0.1:' . $t->port(0) . '/p/' . $t->token(1, 20, kind => 2));

    is(offer($page), '404 de', 'a link of another kind is answered in German');
    is(join("\n", @{$browser->audit()->{found}}), '',
        'with a page for everybody');

    return;
}


sub without_the_database {
    my $link = new_reader('de');

    $pg->close_to_nginx();

    my $page = $browser->open(
        url => $link, width => 320, accept => 'de', scripts => \0);

    is(offer($page), '200 de stop access erase',
        'without the database the page is there all the same');
    unlike("$page->{title} $page->{text}", qr/news of one|none|„“/,
        'without a name');

    $browser->shot('privacy-way-de-320-no-database');

    $page = $browser->press(action => 'stop');

    is(offer($page), '200 de', 'the button is answered');
    is(state(), 'measured', 'before the database knows');

    back('de');
    $browser->press(action => 'erase');
    is(offer($browser->press(action => 'erase_sure')), '200 de',
        'and so is the request');

    $pg->open_to_nginx();

    $t->eventually_is(\&state, 'not erasure', 'which is stored later');
    is($pg->value('SELECT count(*) FROM mytwip.privacy_request'
        . " WHERE reader_id = $reader"), 1, 'once');

    return;
}
