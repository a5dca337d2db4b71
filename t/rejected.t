#!/usr/bin/perl

# An event that the tables cannot take is kept apart with its reason; the
# others of its batch go on.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(8);

$t->write_file_expand('nginx.conf', <<'EOT');
%%TEST_GLOBALS%%

events { }

http {
    %%TEST_GLOBALS_HTTP%%

    mytwip_database "%%DATABASE%%";
    mytwip_keys     %%KEYS%%;
    mytwip_journal  %%TESTDIR%%/journal;
    mytwip_batch    delay=500ms;

    server {
        listen       127.0.0.1:%%PORT_0%%;
        server_name  localhost;

        location /o/ {
            mytwip_pixel;
        }

        location = /status {
            mytwip_status;
        }
    }
}
EOT

$t->run();

my $pg = $t->pg();


sub rejected {
    return $pg->value('SELECT count(*) FROM mytwip.rejected');
}


# one batch

http_get($t->pixel(1, 7));
http_get($t->pixel(77, 7));
http_get($t->pixel(1, 7777));
http_get($t->pixel(1, 2001));
http_get($t->pixel(2, 8));

$t->eventually_is(\&rejected, 3,
    'events that cannot be stored are kept apart');

is_deeply([ $pg->rows('SELECT reason, issue_id, coalesce(reader_id, 0)'
    . ' FROM mytwip.rejected ORDER BY position') ], [
        [ 'unknown_issue', 77, 0 ],
        [ 'unknown_reader', 1, 7777 ],
        [ 'foreign_reader', 1, 0 ],
    ], 'each with its reason');

is_deeply([ $pg->rows('SELECT issue_id, reader_id FROM mytwip.open'
    . ' ORDER BY issue_id') ], [ [ 1, 7 ], [ 2, 8 ] ],
    'the events around them are stored');

is($pg->value('SELECT count(*) FROM mytwip.journal'), 1,
    'all went one way');

# a batch of nothing else

http_get($t->pixel(78, 7));

$t->eventually_is(\&rejected, 4,
    'a batch without a single good event is no hindrance');

http_get($t->pixel(3, 9));

$t->eventually_is(sub { $pg->value('SELECT count(*) FROM mytwip.open') }, 3,
    'to the next one');

$t->eventually(sub { $t->settled() }, 'nothing is left to be stored');
is($t->status()->{total}{ingested}, 7,
    'a rejected event has been ingested, too');
