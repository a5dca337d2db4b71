#!/usr/bin/perl

# The ways in which a database comes to the extension: CREATE EXTENSION, psql
# for those who cannot give the server files, and the restore of a dump.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ run_command /;

my $t = Test::Mytwip->new();
my $cluster = $t->cluster();
my $full = $t->pg();
my $hold = $cluster->hold_extension();


sub empty {
    return $cluster->new_database('template1');
}


# What the schema consists of, in words that do not depend on how it was made.
sub objects {
    my ($pg) = @_;

    $pg->query(<<'EOT');
CREATE OR REPLACE FUNCTION pg_temp.granted(acl aclitem[], owner oid)
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', g.grantee::regrole, g.privilege_type),
                      ', ' ORDER BY g.grantee::regrole::text, g.privilege_type)
      FROM aclexplode(acl) AS g WHERE g.grantee <> owner
$$
EOT

    return $pg->query(<<'EOT');
SELECT concat_ws(' ', 'function', p.oid::regprocedure,
           md5(pg_get_functiondef(p.oid)), obj_description(p.oid, 'pg_proc'),
           pg_temp.granted(coalesce(p.proacl, acldefault('f', p.proowner)),
                           p.proowner))
  FROM pg_proc AS p WHERE p.pronamespace = 'mytwip'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'relation', c.oid::regclass, c.relkind, c.reloptions,
           obj_description(c.oid, 'pg_class'),
           pg_temp.granted(c.relacl, c.relowner))
  FROM pg_class AS c WHERE c.relnamespace = 'mytwip'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'column', a.attrelid::regclass, a.attnum, a.attname,
           format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
           col_description(a.attrelid, a.attnum))
  FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
 WHERE c.relnamespace = 'mytwip'::regnamespace AND c.relkind IN ('r', 'p', 'v')
   AND a.attnum > 0
UNION ALL
SELECT concat_ws(' ', 'constraint', o.conrelid::regclass, o.conname,
           pg_get_constraintdef(o.oid))
  FROM pg_constraint AS o WHERE o.connamespace = 'mytwip'::regnamespace
UNION ALL
SELECT concat_ws(' ', 'trigger', g.tgrelid::regclass,
           pg_get_triggerdef(g.oid), g.tgenabled)
  FROM pg_trigger AS g JOIN pg_class AS c ON c.oid = g.tgrelid
 WHERE c.relnamespace = 'mytwip'::regnamespace AND NOT g.tgisinternal
UNION ALL
SELECT concat_ws(' ', 'view', c.oid::regclass, pg_get_viewdef(c.oid))
  FROM pg_class AS c
 WHERE c.relnamespace = 'mytwip'::regnamespace AND c.relkind = 'v'
 ORDER BY 1
EOT
}


# Sends an open; returns the account and the reader of the row that it becomes.
sub open_one {
    my ($pg, $issue, $reader) = @_;

    $pg->query("SELECT mytwip.ingest(gen_random_uuid(), 4096, 4136, '{1}',"
        . " '{4104}', ARRAY[now()], '{$issue}', '{$reader}', '{0}')");

    return $pg->query('SELECT account_id, reader_id FROM mytwip.open'
        . " WHERE issue_id = $issue");
}


# The same few rows wherever they are loaded.
sub minimal_data {
    my ($pg) = @_;

    $pg->query(<<'EOT');
INSERT INTO mytwip.account (id, name, region) VALUES (1, 'one', 'FR');
INSERT INTO mytwip.newsletter (account_id, id, title, sender_address)
VALUES (1, 1, 'news', 'news@example.org');
INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject)
VALUES (1, 1, 1, 'first');
INSERT INTO mytwip.reader (account_id, id, email)
VALUES (1, 1, 'reader@example.org');
SELECT mytwip.subscribe(1, 1);
SELECT mytwip.give_consent(1, 'open_tracking', 'form', 'I agree.')
EOT

    return;
}


# by psql

my ($rc, $text) = run_command('make', '-s', '-C', $t->root() . '/sql',
    'mytwip-psql.sql');

is($rc, 0, 'make makes the script for psql') or diag($text);

my $by_psql = empty();

($rc, $text) = run_command('psql', '-Xq', '-v', 'ON_ERROR_STOP=1',
    '-d', $cluster->admin_conninfo($by_psql->name()),
    '-f', $t->root() . '/sql/mytwip-psql.sql');

is($rc, 0, 'psql -f makes the schema in an empty database') or diag($text);

my $objects = objects($by_psql);

cmp_ok(($objects =~ tr/\n//), '>', 100, 'with all that belongs to it');

minimal_data($by_psql);
is(open_one($by_psql, 1, 1), "1\t1", 'and it takes opens');

($rc, $text) = run_command('psql', '-Xq', '-v', 'ON_ERROR_STOP=1',
    '-d', $cluster->admin_conninfo($by_psql->name()),
    '-f', $t->root() . '/sql/mytwip-psql.sql');

isnt($rc, 0, 'a second psql -f is refused');
is($by_psql->value('SELECT count(*) FROM mytwip.open'), 1,
    'and changes nothing');

# by CREATE EXTENSION

SKIP: {
    skip 'the files of the extension are not installed, and only root may'
        . ' install them', 6 unless $hold;

    my $extension = empty();

    is($extension->error('CREATE EXTENSION mytwip'),
        'ERROR:  required extension "pgcrypto" is not installed'
        . "\nHINT:  Use CREATE EXTENSION ... CASCADE to install required"
        . ' extensions too.', 'CREATE EXTENSION says what it needs');
    $extension->query('SET client_min_messages = warning;'
        . ' CREATE EXTENSION mytwip CASCADE');
    is($extension->value('SELECT string_agg(extname, \' \' ORDER BY extname)'
        . " FROM pg_extension WHERE extname <> 'plpgsql'"),
        'mytwip pg_partman pgcrypto', 'CREATE EXTENSION CASCADE brings it');
    is(objects($extension), objects_of_new_schema(),
        'and makes the same objects as psql -f');

    minimal_data($extension);
    is(open_one($extension, 1, 1), "1\t1", 'and it takes opens');

    $extension->query('DROP EXTENSION mytwip CASCADE');
    is($extension->value('SELECT count(*) FROM pg_class'
        . ' WHERE relname = \'signing_key\''), 0,
        'DROP EXTENSION takes it away');
    is($extension->error('SET client_min_messages = warning;'
        . ' CREATE EXTENSION mytwip CASCADE'), '', 'and it can come again');
}


# Without the partitions, which come with the first event.
sub objects_of_new_schema {
    my $pg = empty();

    run_command('psql', '-Xq', '-d', $cluster->admin_conninfo($pg->name()),
        '-f', $t->root() . '/sql/mytwip-psql.sql');

    return objects($pg);
}


# by a dump of a database that has been used

open_one($full, 1, 7);

# a day long past, of which only the dump knows
$full->query("SELECT mytwip.ingest(gen_random_uuid(), 4096, 4136, '{1}',"
    . " '{4104}', ARRAY[now() - interval '50 days'], '{2}', '{8}', '{1}')");

# one who has not agreed
$full->query("SELECT mytwip.ingest(gen_random_uuid(), 4096, 4136, '{1}',"
    . " '{4104}', ARRAY[now()], '{2}', '{1008}', '{1}')");

# a reader who leaves, and a user who logs in
$full->query("SELECT mytwip.ingest(gen_random_uuid(), 4096, 4136, '{2}',"
    . " '{4104}', ARRAY[now()], '{1}', '{10}', '{1}')");
$full->query('INSERT INTO mytwip.platform_user (account_id, id, name)'
    . " VALUES (1, 7, 'user')");
$full->query("SELECT mytwip.ingest(gen_random_uuid(), 4096, 4160, '{5}',"
    . " '{4104}', ARRAY[now()], '{20}', '{7}', '{1}',"
    . ' ARRAY[\'{"activity":"login"}\'])');

# a veilleur, and what is published
$full->query('INSERT INTO mytwip.newsletter_owner VALUES (1, 1, NULL, 7);'
    . ' INSERT INTO mytwip.veilleur_pooler VALUES (\'reports\');'
    . ' SELECT mytwip.publish_reports()');

# what a reader asks for
$full->query("SELECT mytwip.ingest(gen_random_uuid(), 4096, 4200, '{8}',"
    . " '{4104}', ARRAY[now()], '{1}', '{11}', '{0}')");

# who was erased, what is kept of them, and a time that is not the usual one
$full->query("SELECT mytwip.withdraw_consent(12, 'open_tracking', 'link')");
$full->query('SELECT mytwip.erase_reader(10)');
$full->query('INSERT INTO mytwip.platform_user (account_id, id, name)'
    . " VALUES (1, 8, 'other')");
$full->query('SELECT mytwip.erase_user(8)');
$full->query("UPDATE mytwip.retention SET keep = '9 months'"
    . " WHERE kind = 'login'");
$full->query("INSERT INTO mytwip.unsubscription (account_id, at, reader_id,"
    . " newsletter_id, action, applied)"
    . " VALUES (1, now(), 11, 1, 'unsubscribe', false)");

my $dump = $t->dir() . '/dump.sql';

($rc, $text) = run_command($cluster->can('bin')->('pg_dump'),
    '-d', $cluster->admin_conninfo($full->name()), '-f', $dump);

is($rc, 0, 'pg_dump dumps a database that has been used') or diag($text);

my $restored = $cluster->new_database('template0');

($rc, $text) = run_command('psql', '-Xq', '-v', 'ON_ERROR_STOP=1',
    '-d', $cluster->admin_conninfo($restored->name()), '-f', $dump);

is($rc, 0, 'which is restored into an empty one without an error')
    or diag($text);

for my $table (qw/ account newsletter issue reader subscription consent open
    unsubscription journal rejected issue_opens opener_bits signing_key
    platform_user activity activity_daily login retention erased_reader
    erased_user suppression suppression_salt unsubscription_total dpo_log
    newsletter_owner veilleur_pooler published_figure privacy_request /)
{
    my $all = "SELECT count(*) || md5(string_agg(x::text, ',' ORDER BY x::text))"
        . " FROM mytwip.$table AS x";

    # what has no row would agree with anything
    unlike($full->value($all), qr/^0|^$/, "mytwip.$table has rows")
        if $table ne 'rejected';

    is($restored->value($all), $full->value($all),
        "with the rows of mytwip.$table");
}

cmp_ok($full->value('SELECT count(*) FROM mytwip.opener_key'), '>', 0,
    'mytwip.opener_key has rows');
is($restored->value('SELECT count(*) FROM mytwip.opener_key'), 0,
    'of which a dump has none');

is(objects($restored), objects($full), 'and the same objects');
is(open_one($restored, 3, 9), "1\t9", 'the restored database takes opens');
is($restored->value('SELECT mytwip.token(1, 1, secret, 1, 1)'
    . ' FROM mytwip.signing_key'), $t->token(1, 1),
    'and its links are signed with the same key');

done_testing();
