#!/usr/bin/perl

# What users do on the platform: beacons of pages, and the log phase of
# locations, static and proxied.

use strict;
use warnings;

use lib 't/lib';
use JSON::PP;
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(64);

$t->write_file('activity.rules', <<'EOT');
GET ^/letters/(?<id>\d+)$ letter.view letter=$id
GET ^/front/(?<id>\d+)$ front.view letter=$id
*   ^/search              search
EOT

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

worker_processes 2;

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /a {
            mytwip_activity origin=https://app.example.org;
        }

        location /plain {
            mytwip_activity;
            add_header X-Result $mytwip_result;
        }

        location /slow {
            mytwip_activity;
            limit_rate 150;
        }

        location /whoami {
            return 200 "user: $mytwip_user\n";
        }

        location /logged {
            mytwip_log activity=page.view resource=page:$arg_id
                       if=$arg_id;
            mytwip_log activity=whole resource=uri:$request_uri;
            mytwip_log activity=$arg_activity if=$arg_activity;
            return 200 "logged\n";

            location /logged/off {
                mytwip_log off;
                return 200 "off\n";
            }

            location /logged/inherited {
                return 200 "inherited\n";
            }
        }

        location /app/ {
            mytwip_log activity=app user=$upstream_http_x_user;
            proxy_pass http://127.0.0.1:%%PORT_1%%;
        }

        location /letters/ {
            mytwip_activity_rules %%TESTDIR%%/activity.rules;
            return 200 "letter\n";

            location /letters/7 {
                mytwip_activity_rules off;
                return 200 "letter\n";
            }
        }

        # readers, who are no users; what is sent on is theirs all the same
        location /o/ {
            mytwip_pixel;
            error_page 405 /logged;
        }

        location /front/ {
            mytwip_activity_rules %%TESTDIR%%/activity.rules;
            try_files /none /letters/99;
        }

        location /search {
            mytwip_activity_rules %%TESTDIR%%/activity.rules user=9;
            return 404;
        }

        location = /status {
            mytwip_status;
        }
    }

    # a proxied application, which says who the user is
    server {
        listen       127.0.0.1:%%PORT_1%%;
        server_name  app;

        location / {
            add_header X-User $arg_who;
            return 200 "app\n";
        }
    }
}
EOT

my $pg = $t->pg();

$pg->query(<<'EOT');
INSERT INTO mytwip.platform_user (account_id, id, name)
SELECT 1, n, 'user ' || n FROM generate_series(1, 9) AS n
EOT

$t->run();

my $session = $pg->value(q{SELECT mytwip.session_token(7, '1 hour')});


sub beacon {
    my ($body, %headers) = @_;

    return http_post('/a', $body,
        headers => { 'Content-Type' => 'text/plain', %headers });
}


sub error_of {
    my ($answer) = @_;

    return decode_json(http_body($answer));
}


sub rows {
    my ($where) = @_;

    return $pg->value("SELECT count(*) FROM mytwip.activity WHERE $where");
}


# who

like(http_get('/whoami'), qr/^user: $/m, 'without a session nobody is known');
like(http_get('/whoami', headers => { 'X-Mytwip-Session' => $session }),
    qr/^user: 7$/m, 'a session token in the header tells');
like(http_get('/whoami', headers => { Cookie => "a=b; mytwip_session=$session" }),
    qr/^user: 7$/m, 'and in the cookie');
like(http_get('/whoami', headers => { Cookie => 'mytwip_session='
    . $t->token(time() + 100, 7, kind => 1) }), qr/^user: $/m,
    'a token of another kind does not');
like(http_get('/whoami', headers => { Cookie => 'mytwip_session='
    . $t->token(time() - 1, 7, kind => 5) }), qr/^user: $/m,
    'nor one that has ended');
(my $forged = $session) =~ s/(.)$/$1 eq 'A' ? 'B' : 'A'/e;
like(http_get('/whoami', headers => { Cookie => "mytwip_session=$forged" }),
    qr/^user: $/m, 'nor one that is forged');

# beacons

my $answer = beacon('{"activity":"item.reorder","resource":{"type":"newsletter",'
    . '"id":12},"properties":{"by":"arrows"},"at":"2026-01-02T03:04:05Z"}',
    'X-Mytwip-Session' => $session);

like($answer, qr{^HTTP/1\.1 204 }, 'a beacon gets 204');
is(http_body($answer), '', 'and no body');

$t->eventually_is(sub { rows(q{activity = 'item.reorder'}) }, 1,
    'it is stored');
is($pg->value(q{SELECT concat_ws(' ', account_id, user_id, resource_type,
    resource_id, properties->>'by', claimed_at AT TIME ZONE 'UTC', way)
    FROM mytwip.activity}),
    '1 7 newsletter 12 arrows 2026-01-02 03:04:05 1', 'with all it said');
is($pg->value(q{SELECT at BETWEEN now() - interval '1 minute' AND now()
    FROM mytwip.activity}), 't', 'and the server\'s time beside the client\'s');

like(beacon('{"activity":"claim","user":3,"user_id":3}',
    'X-Mytwip-Session' => $session), qr{^HTTP/1\.1 204 },
    'what a page says of who the user is');
$t->eventually_is(sub { rows(q{activity = 'claim' AND user_id = 7}) }, 1,
    'is not believed');
like(beacon('{"activity":"forged.user"}', 'X-User' => 3,
    'Cookie' => 'user=3'), qr{^HTTP/1\.1 204 }, 'nor any header it makes up');
$t->eventually_is(sub {
    rows(q{activity = 'forged.user' AND user_id IS NULL}) }, 1,
    'that is stored without a user');

beacon('{"activity":"stale"}', 'X-Mytwip-Session' => 'old',
    Cookie => "mytwip_session=$session");
$t->eventually_is(sub { rows(q{activity = 'stale' AND user_id = 7}) }, 1,
    'a session that has ended does not hide one that holds');

for my $signal ('Sec-GPC', 'DNT') {
    beacon(qq({"activity":"objecting.$signal"}), 'X-Mytwip-Session' => $session,
        $signal => 1);
    $t->eventually_is(sub {
        rows("activity = 'objecting.$signal' AND user_id IS NULL") }, 1,
        "$signal: without the person");
}

like(http_post('/a', '[{"activity":"many"},{"activity":"many"},'
    . '{"activity":"many"}]',
    headers => { 'Content-Type' => 'application/json; charset=utf-8' }),
    qr{^HTTP/1\.1 204 }, 'an array of events is taken');
$t->eventually_is(sub { rows(q{activity = 'many'}) }, 3, 'all of it');

my $large = encode_json([map { {
    activity => 'large', properties => { text => 'x' x 500 } } } 1 .. 100]);
like(beacon($large), qr{^HTTP/1\.1 204 }, 'a hundred events are');
$t->eventually_is(sub { rows(q{activity = 'large'}) }, 100, 'all of them');

# what is not taken, whole

$answer = beacon('[{"activity":"half"},{"activity":"no slug"}]');
like($answer, qr{^HTTP/1\.1 400 }, 'one bad event refuses all');
is(error_of($answer)->{element}, 1, 'and is named');
like(error_of($answer)->{error}, qr/slug/, 'with what is wrong');

$answer = beacon('{"activity":');
like($answer, qr{^HTTP/1\.1 400 }, 'what is no JSON gets 400');
is(error_of($answer)->{element}, undef, 'as a whole');
like(beacon('x' x 70000), qr{^HTTP/1\.1 413 }, 'a large body gets 413');
like(beacon(encode_json([map { { activity => 'x' } } 1 .. 101])),
    qr{^HTTP/1\.1 413 }, 'more than a hundred events too');
like(beacon('{}', 'Content-Type' => 'image/gif'), qr{^HTTP/1\.1 415 },
    'another type gets 415');
like(beacon('{}', 'Content-Encoding' => 'gzip'), qr{^HTTP/1\.1 415 },
    'an encoding too');
like(http_get('/a'), qr{^HTTP/1\.1 405 .*^Allow: POST\r$}ms, 'GET gets 405');
is(rows(q{activity = 'half'}), 0, 'nothing of it is stored');

like(beacon(''), qr{^HTTP/1\.1 400 }, 'an empty body gets 400');

# other origins

like(beacon('{"activity":"foreign"}', Origin => 'https://evil.example.org',
    'X-Mytwip-Session' => $session), qr{^HTTP/1\.1 403 },
    'a page of an origin that is not configured is refused');
like(beacon('{"activity":"foreign"}', Origin => 'null'),
    qr{^HTTP/1\.1 403 }, 'one without an origin too');
like(beacon('{"activity":"own"}', Origin => 'http://localhost'),
    qr{^HTTP/1\.1 204 }, 'one of the same host is not');

# however the body comes, and the answer goes

my $chunked = "POST /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    . "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    . "16\r\n{\"activity\":\"chunked\"}\r\n0\r\n\r\n";

like(http($chunked), qr{^HTTP/1\.1 204 }, 'a chunked body is taken');
$t->eventually_is(sub { rows(q{activity = 'chunked'}) }, 1, 'and stored');

like(http_post('/plain', '{"activity":"plain"}',
    headers => { 'Content-Type' => 'text/plain' }),
    qr{^HTTP/1\.1 204 .*^X-Result: accepted\r$}ms,
    'no parameter is needed, and $mytwip_result tells');

like(http("POST /slow HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    . "Content-Type: text/plain\r\nContent-Length: 1\r\n\r\nx"),
    qr{^HTTP/1\.1 400 .*"element":null}s,
    'a refusal that does not leave at once leaves, and the request ends');

# CORS

$answer = http_get('/a', method => 'OPTIONS',
    headers => { Origin => 'https://app.example.org',
        'Access-Control-Request-Method' => 'POST' });
like($answer, qr{^HTTP/1\.1 204 }, 'a preflight of a known origin gets 204');
like($answer, qr{^Access-Control-Allow-Origin: https://app\.example\.org\r$}m,
    'with its origin');
like($answer, qr{^Access-Control-Allow-Credentials: true\r$}m,
    'and credentials');
unlike(http_get('/a', method => 'OPTIONS',
    headers => { Origin => 'https://evil.example.org' }),
    qr{Access-Control|^HTTP/1\.1 2}, 'that of another does not');
like(beacon('{"activity":"cors"}', Origin => 'https://app.example.org'),
    qr{^HTTP/1\.1 204 .*^Access-Control-Allow-Origin: https://app}ms,
    'the beacon itself says it, too');

# the log phase

http_get('/logged?id=3&activity=from.variable',
    headers => { 'X-Mytwip-Session' => $session });
http_get('/logged/off?id=4');
http_get('/logged/inherited?id=5');

$t->eventually_is(sub { rows(q{activity = 'page.view'}) }, 2,
    'mytwip_log records, inherited too, and not where it is off');
is($pg->value(q{SELECT string_agg(resource_type || resource_id, ','
        ORDER BY resource_id)
    FROM mytwip.activity WHERE activity = 'page.view'}), 'page3,page5',
    'with the resource');
is(rows(q{activity = 'from.variable' AND user_id = 7 AND way = 2}), 1,
    'a second one beside it, with the user');

http_get('/app/x?who=5');
$t->eventually_is(sub { rows(q{activity = 'app' AND user_id = 5}) }, 1,
    'a proxied application names the user by a header of its answer');
http_get('/app/x?who=nobody');
$t->eventually_is(sub { rows(q{activity = 'app' AND user_id IS NULL}) }, 1,
    'what is no id is nobody');

http_get('/letters/42', headers => { 'X-Mytwip-Session' => $session });
http_post('/letters/42', '');
http_get('/letters/7');
http_get('/letters/none');
http_get('/search?q=x');

$t->eventually_is(sub { rows(q{activity = 'letter.view'}) }, 1,
    'a rule records what it matches, by its method');
is($pg->value(q{SELECT concat_ws(' ', user_id, resource_type, resource_id, way)
    FROM mytwip.activity WHERE activity = 'letter.view'}), '7 letter 42 3',
    'with the resource and the user, and not where they are off');
is(rows(q{activity = 'search'}), 0, 'a request that failed is no activity');

http_get('/front/8');
$t->eventually_is(sub { rows(q{activity = 'front.view'}) }, 1,
    'a rule sees the path that was asked for, whatever it is rewritten to');
is($pg->value(q{SELECT resource_id FROM mytwip.activity
    WHERE activity = 'front.view'}), 8, 'with its resource');

is($t->status()->{total}{rules_limited}, 0, 'no path was too dear to judge');
http_get('/letters/' . '1' x 600);
$t->eventually_is(sub { $t->status()->{total}{rules_limited} }, 1,
    'one that is too long is counted for who runs it');

http_get($t->pixel(1, 7), method => 'PUT');
http_get('/logged/t/' . $t->token(1, 7) =~ s/(.)\z/sprintf '%%%02X', ord $1/er);
http_get('/logged/t/' . $t->token(1, 7, key => 999));
http_get('/logged?last=1');
$t->eventually_is(sub { rows(q{activity = 'whole'
    AND resource_id = '/logged?last=1'}) }, 1, 'a URI can be recorded');
is(rows(q{resource_id LIKE '/o/%' OR resource_id LIKE '/logged/t/%'}), 0,
    'and that of a reader is not, wherever the request is sent on to');

# logins, and reports by role

beacon('{"activity":"login","properties":{"method":"password"}}',
    'X-Mytwip-Session' => $session);
$t->eventually_is(sub { $pg->value('SET ROLE mytwip_admin;'
    . ' SELECT count(*) FROM mytwip.login_report') }, 1,
    'a login is in the report of administrators');
$pg->query('RESET ROLE');

$pg->query('SET ROLE mytwip_dev');
ok($pg->value('SELECT count(*) FROM mytwip.activity_report') >= 0,
    'developers see their report');
like($pg->error('SET ROLE mytwip_dev; SELECT * FROM mytwip.activity'), qr/permission denied/,
    'and no row');
like($pg->error('SET ROLE mytwip_dev; SELECT * FROM mytwip.login_report'), qr/permission denied/,
    'and no login');
$pg->query('RESET ROLE');
