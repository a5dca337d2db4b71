#!/usr/bin/perl

# The reader's whole way in a browser, from the link in the mail to the rows of
# the database: asked, unsubscribed, undone, unsubscribed from everything; in
# every language, on a phone and on a desk, with scripts off.

use strict;
use warnings;
use utf8;
use open qw/ :std :utf8 /;

use lib 't/lib', 't/browser/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::Token;
use Browser;

my $t = Test::Mytwip->new();
my $browser = Browser->new($t);

$t->plan(3 * 2 * 11 + 26);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal segment=64k max=128k retain=1s;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /u/ {
            mytwip_unsubscribe;
            mytwip_pages %%TESTDIR%%/pages;
            ssi on;
            set $mytwip_contact privacy@mytwip.example;
        }

        location /o/ {
            mytwip_pixel;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

my $pg = $t->pg();

# a second newsletter of the same sender
$pg->query(<<'EOT');
INSERT INTO mytwip.newsletter (account_id, id, title, sender_address)
VALUES (1, 3, 'more of one', 'news@one.example.org');
INSERT INTO mytwip.subscription (account_id, reader_id, newsletter_id)
SELECT 1, id, 3 FROM mytwip.reader WHERE account_id = 1;
EOT

$t->run();

my $reader = 10;

for my $language (qw/ fr en de /) {
    go_all_the_way($language, $_) for 320, 1280;
}

with_the_keyboard();
twice_at_once();
in_which_language();
with_any_title();
through_a_bad_link();
without_the_database();


# A reader of this language, new to the test, and the link in the mail.
sub new_reader {
    my ($language) = @_;

    $reader++;
    $pg->query("UPDATE mytwip.reader SET language = '$language'"
        . " WHERE id = $reader") if $language;

    return $pg->value(
        "SELECT unsubscribe_url FROM mytwip.mail_links(1, $reader)");
}


# What the reader gets, and whether there are links for a mail.
sub state {
    return $pg->value(<<"EOT");
SELECT coalesce(string_agg(newsletter_id::text, ' ' ORDER BY newsletter_id)
           FILTER (WHERE status = 'subscribed'), 'nothing')
    || CASE WHEN EXISTS (SELECT FROM mytwip.mail_links(1, $reader))
            THEN ', linked' ELSE '' END
  FROM mytwip.subscription WHERE reader_id = $reader
EOT
}


# What was said on the page, with the reasons.
sub history {
    return $pg->value(<<"EOT");
SELECT string_agg(concat_ws('/', action, reason), ' ' ORDER BY id)
  FROM mytwip.unsubscription WHERE reader_id = $reader AND way = 'form'
EOT
}


# Which page it is: its status, its language, what it offers.
sub offer {
    my ($page) = @_;

    return join ' ', $page->{status}, $page->{lang}, @{$page->{actions}};
}


sub go_all_the_way {
    my ($language, $width) = @_;

    my $link = new_reader($language);
    my $name = "$language, $width";
    my $view = sub { $browser->shot("way-$language-$width-$_[0]") };

    my $page = $browser->open(
        url => $link, width => $width, scripts => \0);

    $view->('1-asked');

    is(offer($page), "200 $language unsubscribe unsubscribe_all",
        "$name: the link asks");
    like("$page->{title} $page->{h1}[0]", qr/news of one.*news of one/,
        'and names the newsletter');
    is(state(), '1 3, linked', 'and changes nothing');

    $browser->choose(value => 'too_many');
    $page = $browser->press(action => 'unsubscribe');
    $view->('2-unsubscribed');

    is(offer($page), "200 $language undo unsubscribe_all",
        'the button is answered with undo, and with all of the sender');
    is(state(), '3', 'once the subscription has ended');

    $page = $browser->press(action => 'undo');
    $view->('3-undone');

    is(offer($page) . '; ' . state(),
        "200 $language unsubscribe; 1 3, linked", 'undo subscribes again');

    $page = $browser->press(action => 'unsubscribe');

    is(offer($page) . '; ' . state(),
        "200 $language undo unsubscribe_all; 3", 'which can be ended again');

    $page = $browser->press(action => 'unsubscribe_all');
    $view->('4-all');

    is(offer($page) . '; ' . state(), "200 $language undo; nothing",
        'all of the sender ends both subscriptions');

    $page = $browser->press(action => 'undo');

    is(offer($page) . '; ' . state(),
        "200 $language unsubscribe; 1 3, linked", 'which undo gives back');

    is(history(), 'unsubscribe/too_many undo unsubscribe unsubscribe_all undo',
        'and all of it is on record');

    my @strange = grep { $_->{url} ne $link } @{$page->{requests}};

    is(join("\n", @{$page->{problems}}, map({ $_->{url} } @strange),
        map { $_->{name} } @{$page->{cookies}}), '',
        'and nothing was refused, fetched from elsewhere or left behind');

    return;
}


sub with_the_keyboard {
    $browser->open(url => new_reader('en'), width => 320, scripts => \0);

    $browser->tab(times => 2);
    my $page = $browser->key(name => 'Enter');

    is(offer($page) . '; ' . state(),
        '200 en undo unsubscribe_all; 3', 'Tab, Tab, Enter unsubscribes');

    $browser->tab(times => 1);
    $page = $browser->key(name => 'Enter');

    is(offer($page) . '; ' . state(),
        '200 en unsubscribe; 1 3, linked', 'Tab, Enter undoes it');

    return;
}


sub twice_at_once {
    $browser->open(url => new_reader('en'), width => 320, scripts => \0);

    my $page = $browser->press(action => 'unsubscribe', times => 2);

    is(offer($page) . '; ' . state(), '200 en undo unsubscribe_all; 3',
        'a button clicked twice at once unsubscribes');

    return;
}


sub in_which_language {
    my $link = new_reader('fr');

    is($browser->open(url => $link, accept => 'de')->{lang}, 'fr',
        'the language that the reader chose comes first');

    $link = new_reader();

    is($browser->open(url => $link, accept => 'xx, en;q=0.4, de')->{lang}, 'de',
        'then the one that the browser asks for');
    is($browser->open(url => $link, accept => 'xx')->{lang}, 'fr',
        'then French');

    return;
}


sub with_any_title {
    my $title = q{<b>"x"</b> & ' title};
    my $link = new_reader('en');

    $pg->query('UPDATE mytwip.newsletter SET title = '
        . "\$\$$title\$\$ WHERE id = 1");

    my $page = $browser->open(url => $link);

    is($page->{h1}[0], "Unsubscribe from “$title”?",
        'markup in a title is read as text');
    is(join("\n", @{$page->{problems}}), '', 'and is nothing else');

    $pg->query("UPDATE mytwip.newsletter SET title = 'news of one'");

    return;
}


# Forged, of another kind, cut by a mail program.
sub through_a_bad_link {
    my $token = $t->token(1, 20, kind => Test::Mytwip::Token::UNSUBSCRIBE);
    my $base = 'http://127.0.0.1:' . $t->port(0) . '/u/';

    my %bad = (
        'forged'         => $token =~ s/(.)$/$1 eq 'A' ? 'Q' : 'A'/er,
        'of a pixel'     => $t->token(1, 20),
        'cut on its way' => substr($token, 0, 40),
    );

    my %text;

    for my $name (sort keys %bad) {
        my $page = $browser->open(
            url => $base . $bad{$name}, accept => 'de', width => 320);

        is(offer($page), '404 de', "a link $name is answered in German");
        $text{$page->{text}} = 1;

        is(join("\n", @{$browser->audit()->{found}}), '',
            'with a page for everybody') if $name eq 'forged';

        # nginx's status is the one thing the console says
        is(join("\n", grep { !/status of 404/ } @{$page->{problems}}), '',
            'which the browser takes as it is');
    }

    is(scalar keys %text, 1, 'and which says the same of all');

    $browser->shot('way-de-320-bad-link');

    return;
}


sub without_the_database {
    my $link = new_reader('de');

    $pg->close_to_nginx();

    my $page = $browser->open(
        url => $link, width => 320, accept => 'de', scripts => \0);

    is(offer($page), '200 de unsubscribe unsubscribe_all',
        'without the database the link asks all the same');
    unlike("$page->{title} $page->{text}", qr/news of one|none|„“/,
        'without a name');

    $browser->shot('way-de-320-no-database');

    $page = $browser->press(action => 'unsubscribe');

    is(offer($page), '200 de undo unsubscribe_all', 'the button is answered');
    is(state(), '1 3, linked', 'before the database knows');

    without_room_either();

    $pg->open_to_nginx();
    $reader--;

    $t->eventually_is(\&state, '3', 'what was answered is stored later');

    return;
}


# Opens have filled the journal.
sub without_room_either {
    my $link = new_reader('en');

    $t->traffic(requests => 4000, depth => 10, rate => 100000)->wait();

    # what is kept for unsubscribing, too
    for my $n (1 .. 1000) {
        last if http_post('/u/' . $t->token(1, $n, kind => 2),
            'List-Unsubscribe=One-Click', headers => {
                'Content-Type' => 'application/x-www-form-urlencoded' })
            =~ /^HTTP\S+ 503 /;
    }

    my $page = $browser->open(url => $link, width => 320, accept => 'en');

    $page = $browser->press(action => 'unsubscribe');

    is(offer($page), '503 en', 'without room in the journal it is not done');
    like($page->{text}, qr/privacy\@mytwip\.example/,
        'and the page says where to write');
    is(join("\n", @{$browser->audit()->{found}}), '', 'to everybody');

    $browser->shot('way-en-320-unavailable');

    $page = $browser->press(link => 'Try again');

    is(offer($page), '200 en unsubscribe unsubscribe_all',
        'and leads back to the question');
    is(state(), '1 3, linked', 'as nothing has changed');

    return;
}
