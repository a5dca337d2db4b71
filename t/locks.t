#!/usr/bin/perl

# What a login of the database that may only read its reports can hold up by a
# transaction that it leaves open, or by what anybody can take or fill: neither
# the events of everybody nor the upkeep of what is not in its hands.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(21);

# the owner, nginx, and the one who reads
my $pg = $t->pg();
my $nginx = $t->cluster()->database($pg->name());
my $reader = $t->cluster()->database($pg->name());

# what waits, waits too long
$pg->query("SET statement_timeout = '12s'");
$nginx->query("SET lock_timeout = '2s'; SET ROLE mytwip_nginx");


# Whether the table has a partition for that day.
sub has_day {
    my ($table, $days_ago) = @_;

    return $pg->value(<<"EOT");
SELECT to_regclass(format('mytwip.${table}_p%s',
           to_char(now() AT TIME ZONE 'UTC' - interval '$days_ago days',
                   'YYYY_MM_DD'))) IS NOT NULL
EOT
}


# Sends an event as nginx does; returns PostgreSQL's message, '' if it is stored.
sub send_event {
    my ($kind, $days_ago, $details) = @_;

    my ($ok, $text) = $nginx->ask('SELECT mytwip.ingest(gen_random_uuid(), 4096,'
        . " 4136, '{$kind}', '{4104}', ARRAY[now() - interval '$days_ago days'],"
        . " '{1}', '{0}', '{1}', ARRAY[$details])");

    $nginx->query("SET lock_timeout = '2s'; SET ROLE mytwip_nginx") unless $ok;

    return $ok ? '' : $text;
}


sub maintain { return $pg->query('SELECT mytwip.maintain()') }


maintain();
$pg->query('SELECT mytwip.maintain(ARRAY['
    . "(now() AT TIME ZONE 'UTC')::date - 40])");
$pg->query("UPDATE mytwip.retention SET keep = '30 days'"
    . " WHERE kind = 'activity'");

# a report that is left open

$reader->query('SET ROLE mytwip_dev');
$reader->query('BEGIN; SELECT count(*) FROM mytwip.activity_report');

my ($took, $said) = timed(\&maintain);

cmp_ok($took, '<', 10, 'upkeep does not wait for a report that is left open');
like($said, qr/WARNING:.*partitions of mytwip\.activity are left as they are/,
    'and tells what it could not do');
is(has_day('activity', 40), 't', 'a day of that table is there still');
is(has_day('open', -4), 't', 'the other tables have their days');
is(send_event(5, 0, q('{"activity":"a"}')), '',
    'what is done meanwhile is stored');

# with a day that has to be made at once

($took, $said) = timed(sub { send_event(1, 10, 'NULL') });

like($said, qr/lock timeout/, 'who needs a new day is told to come again');
cmp_ok($took, '<', 5, 'soon');
is(send_event(1, 0, 'NULL'), '', 'and keeps nobody else');

$reader->query('ROLLBACK');

is(send_event(1, 10, 'NULL'), '', 'it is stored when the report is closed');
unlike(maintain(), qr/WARNING/, 'upkeep goes well then');
is(has_day('activity', 40), 'f', 'and the day that was past its time is gone');

# locks that anybody can take

$reader->query('SET ROLE mytwip_veilleur');
$reader->query("SELECT pg_advisory_lock(hashtextextended(name, 0))"
    . " FROM unnest('{mytwip.maintain,mytwip.publish_reports}'::text[])"
    . ' AS name');
is(eval { maintain(); 'done' } || $@, 'done',
    'a lock by a name of ours keeps nothing');
is(send_event(1, 20, 'NULL'), '', 'nor does it a new day');

$reader->query("SELECT pg_advisory_lock(hashtext('pg_partman run_maintenance'))");
like(eval { maintain() } || $@, qr/WARNING.*lock timeout/,
    'one of pg_partman is not passed over in silence');

$reader->close();
unlike(maintain(), qr/WARNING/, 'and is over with its session');

# the queue of notifications, full at 8 GB: here a thousandth of it stands for
# the half that is

$reader->query('SET ROLE mytwip_veilleur');
$reader->query('LISTEN a; BEGIN; SELECT 1');
$nginx->query("SELECT pg_notify('b', n || repeat('x', 7000))"
    . ' FROM generate_series(1, 2000) AS n');

my $usage = 'SELECT pg_notification_queue_usage()';
my $full = $pg->value($usage);

cmp_ok($full, '>', 0.001, 'a session that listens and reads nothing fills it');
$pg->query("SELECT mytwip.tell('c', repeat('x', 7000), 0.001)"
    . ' FROM generate_series(1, 100)');
is($pg->value($usage), $full, 'where it is too full, nothing is added');
is($pg->value(q{SELECT count(*) FROM pg_proc
    WHERE pronamespace = 'mytwip'::regnamespace AND proname <> 'tell'
      AND prosrc ~* '\y(?:pg_)?notify\y'}), 0,
    'all that notifies looks before');
$reader->close();

# the feed of who left, behind a transaction with a number

sub in_feed {
    my ($who) = @_;

    return $pg->value('SELECT count(*) FROM mytwip.unsubscription_feed'
        . " WHERE reader_id = $who");
}


my $number = 'SET ROLE mytwip_dev; BEGIN; SELECT pg_current_xact_id()';

$pg->query('ALTER DATABASE ' . $pg->name()
    . " SET idle_in_transaction_session_timeout = '100ms'");
$reader->query($number);
$pg->query('SELECT mytwip.unsubscribe(9, 1)');
$t->eventually_is(sub { in_feed(9) }, 1,
    'one that was forgotten holds it no longer than the database says');
$reader->close();

$reader->query("SET idle_in_transaction_session_timeout = 0; $number");
$pg->query('SELECT mytwip.unsubscribe(10, 1)');
is(in_feed(10), 0, 'one that is held on purpose does');
$pg->query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity'
    . " WHERE backend_xid IS NOT NULL AND datname = '" . $pg->name() . "'"
    . ' AND pid <> pg_backend_pid()');
$t->eventually_is(sub { in_feed(10) }, 1, 'until the session is ended');
$reader->close();

$nginx->close();
