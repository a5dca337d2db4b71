#!/usr/bin/perl

# What users do on a page, from their clicks to the rows of the database by way
# of conf.example/mytwip.js: with arrows and by dragging, much at once, the last
# thing before they leave, without a network for a moment, and as whom.

use strict;
use warnings;

use lib 't/lib', 't/browser/lib';
use JSON::PP;
use Test::More;
use Test::Mytwip;
use Browser;

use constant SCRIPT => 'conf.example/mytwip.js';

my $JSON = JSON::PP->new();

my $t = Test::Mytwip->new();
my $browser = Browser->new($t);

$t->plan(24);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal segment=64k max=1m;
    mytwip_batch    delay=50ms;

    types {
        text/html        html;
        text/javascript  js;
    }

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;
        root         %%TESTDIR%%/html;

        location = /a {
            mytwip_activity;

            if (-f $document_root/busy) {
                return  503;
            }
        }

        # what an application does once a user has logged in
        location = /login {
            default_type  text/html;
            add_header    Set-Cookie "mytwip_session=$arg_token; HttpOnly";
            return        200 "<!DOCTYPE html><title>Hello</title>";
        }

        location = /status {
            mytwip_status;
        }
    }

    server {
        listen       127.0.0.1:%%PORT_1%%;
        server_name  localhost;

        location = /a {
            mytwip_activity  origin=http://127.0.0.1:%%PORT_0%%;
        }
    }
}
EOT

my $html = $t->dir() . '/html';
mkdir $html or die "$html: $!\n";

$t->write_file('html/mytwip.js', script());

my $document = <<'EOT';
<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Topics</title>
<link rel="icon" href="data:,">
<script src="mytwip.js" defer></script>
<script src="page.js" defer></script>
<ol>
<li id="north" draggable="true">North <button>Down</button>
<li id="east" draggable="true">East <button>Up</button>
<li id="south" draggable="true">South
</ol>
<button id="many">Many</button>
<button id="strange">Strange</button>
<button id="refused">Refused</button>
EOT

$t->write_file('html/index.html', $document);
$t->write_file_expand('html/elsewhere.html', $document
    =~ s{(?<=mytwip.js")}{ data-url="http://127.0.0.1:%%PORT_1%%/a"}r);

$t->write_file('html/page.js', <<'EOT');
'use strict';

const note = (activity, id, properties) =>
    mytwip.track(activity, { type: 'topic', id }, properties);

const byId = id => document.getElementById(id);

let taken;

for (const item of document.querySelectorAll('li')) {
    item.addEventListener('click', ({ target }) => {
        if (target.localName === 'button') {
            note('item.step', item.id, { way: target.innerText });
        }
    });

    item.addEventListener('dragstart', () => {
        taken = item;
    });

    item.addEventListener('dragover', event => event.preventDefault());

    item.addEventListener('drop', () => {
        item.after(taken);
        note('item.drag', taken.id, { behind: item.id });
    });
}

byId('many').addEventListener('click', () => {
    for (let n = 1; n <= 150; n++) {
        note('item.count', n);
    }
});

byId('strange').addEventListener('click', () => {
    const circle = {};
    circle.of = circle;

    note('item.circle', 1, circle);
    note('item.big', 1n);
    note('item.fine', 1, { text: 'd\u00e9j\u00e0 vu', user_id: 8 });
});

byId('refused').addEventListener('click', () => {
    note('item.good', 1);
    note('no slug', 1);
    note('item.half', 1, { text: '\ud83d' });
    note('item.good', 2);
});
EOT

my $pg = $t->pg();

$t->run();

my $page = 'http://127.0.0.1:' . $t->port(0) . '/';

with_arrows_and_by_dragging();
much_at_once();
whatever_a_page_says();
before_leaving();
without_a_network();
without_an_answer();
as_a_user();


sub script {
    open my $fh, '<:raw', $t->root() . '/' . SCRIPT or die SCRIPT . ": $!\n";
    local $/;

    return scalar <$fh>;
}


# What is stored, in the order of the clicks, and whose it is.
sub stored {
    my ($what) = @_;

    return $pg->value("SELECT string_agg(($what)::text, ' ' ORDER BY id)"
        . ' FROM mytwip.activity');
}


sub story {
    return stored(<<'EOT');
concat_ws('/', activity, resource_type, resource_id, properties ->> 'way',
          properties ->> 'behind', user_id)
EOT
}


# A page that nobody has clicked on, and no row of an earlier one.
sub begin {
    my ($name) = @_;

    $pg->query('DELETE FROM mytwip.activity');
    $browser->open(url => $page . ($name || ''));

    return;
}


# How many events each request had that the page has sent so far.
sub batches {
    return join ' ', map { scalar @{$JSON->decode($_->{body})} }
        grep { $_->{method} eq 'POST' } @{$browser->look()->{requests}};
}


# How often the page has been told so.
sub problems {
    my ($what) = @_;

    return scalar grep { /$what/ } @{$browser->look()->{problems}};
}


sub with_arrows_and_by_dragging {
    cmp_ok(length script(), '<', 1024, 'the script is small');

    begin();
    $browser->click(button => 'Down');
    $browser->click(button => 'Up');
    $browser->drag(from => '#north', to => '#south');

    $t->eventually_is(\&story, 'item.step/topic/north/Down'
        . ' item.step/topic/east/Up item.drag/topic/north/south',
        'arrows and dragging are different activities, of nobody known');

    is(batches(), '3', 'which came together');
    like((grep { $_->{method} eq 'POST' } @{$browser->look()->{requests}})[0]
        ->{type}, qr{^text/plain}, 'as what another site may be sent, too');
    is(stored("at - claimed_at BETWEEN interval '0' AND '5 s'"),
        'true true true', 'with the time of the click');

    return;
}


sub much_at_once {
    begin();
    $browser->click(button => 'Many');

    $t->eventually_is(sub { stored('resource_id') }, join(' ', 1 .. 150),
        'of 150 at once none is lost');
    is(batches(), '100 50', 'as no request has more than 100');

    return;
}


sub whatever_a_page_says {
    begin();
    $browser->click(button => 'Strange');

    $t->eventually_is(\&story, 'item.fine/topic/1',
        'what is no JSON is not sent, and no hindrance to what is');
    is(stored(q{properties = '{"text": "d\u00e9j\u00e0 vu", "user_id": 8}'}),
        'true', 'whose properties are as the page gave them');
    is(problems('Error'), 0, 'and the page has heard nothing of it');

    begin();
    $browser->click(button => 'Refused');

    $t->eventually_is(\&story, 'item.good/topic/1 item.good/topic/2',
        'what is refused takes nothing with it that came beside it');

    return;
}


sub before_leaving {
    begin();
    $browser->click(button => 'Down');
    $browser->open(url => $page);

    $t->eventually_is(\&story, 'item.step/topic/north/Down',
        'the last click before the next page is stored');

    begin();
    $browser->click(button => 'Up');
    $browser->leave();

    $t->eventually_is(\&story, 'item.step/topic/east/Up',
        'and the last one before the window is closed');

    return;
}


sub without_a_network {
    begin();
    $browser->offline(on => \1);
    $browser->click(button => 'Down');

    $t->eventually(sub { problems('INTERNET_DISCONNECTED') },
        'without a network nothing is sent');

    $browser->offline(on => \0);

    $t->eventually_is(\&story, 'item.step/topic/north/Down',
        'until there is one');

    return;
}


sub without_an_answer {
    begin();
    $t->write_file('html/busy', '');
    $browser->click(button => 'Down');

    $t->eventually(sub { problems('status of 503') == 1 }, 'nginx has no room');
    unlink "$html/busy" or die "$html/busy: $!\n";

    $t->eventually_is(\&story, 'item.step/topic/north/Down',
        'a second time it has');

    begin();
    $t->write_file('html/busy', '');
    $browser->click(button => 'Down');

    $t->eventually(sub { problems('status of 503') == 2 },
        'nginx has no room twice');
    unlink "$html/busy" or die "$html/busy: $!\n";

    $browser->click(button => 'Up');
    $t->eventually_is(\&story, 'item.step/topic/east/Up',
        'there is no third time');
    is(batches(), '1 1 1', 'for the same');

    return;
}


sub as_a_user {
    $pg->query(<<'EOT');
INSERT INTO mytwip.platform_user (account_id, id, name)
VALUES (1, 7, 'Anne')
EOT

    my $token = $pg->value("SELECT mytwip.session_token(7, '1 hour')");

    $browser->open(url => "${page}login?token=$token");
    begin();
    $browser->click(button => 'Strange');

    $t->eventually_is(\&story, 'item.fine/topic/1/7',
        'a click is of who has logged in');
    is(stored('account_id'), '1', 'and of that user\'s account');

    begin('elsewhere.html');
    $browser->click(button => 'Down');
    $t->eventually_is(\&story, 'item.step/topic/north/Down/7',
        'on a site of another origin, too');

    # with what the page would send again, had it not heard the answer
    $browser->click(button => 'Up');
    $t->eventually_is(\&story, 'item.step/topic/north/Down/7'
        . ' item.step/topic/east/Up/7', 'and once');

    return;
}
