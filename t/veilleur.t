#!/usr/bin/perl

# Veilleurs as they come: by a login of their own, and through an application
# that has one for all of them.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;
use Test::Mytwip::System qw/ run_command /;

my $t = Test::Mytwip->new();
my $pg = $t->pg();

plan(tests => 12);

# roles are of the whole cluster, which may be that of other tests
my ($alice, $reports, $dev) = map { "veilleur_${_}_$$" }
    qw/ alice reports dev /;

$pg->query(<<"EOT");
CREATE ROLE $alice LOGIN IN ROLE mytwip_veilleur;
CREATE ROLE $reports LOGIN IN ROLE mytwip_veilleur;
CREATE ROLE $dev LOGIN IN ROLE mytwip_dev;
INSERT INTO mytwip.platform_user (account_id, id, name) VALUES (2, 42, 'Zoe');
INSERT INTO mytwip.veilleur_pooler VALUES ('$reports');
INSERT INTO mytwip.newsletter_owner VALUES (1, 1, '$alice', NULL),
                                           (2, 2, NULL, 42);
EOT


# What a session of this role prints, a row a line.
sub session {
    my ($role, @commands) = @_;

    my ($rc, $text) = run_command('psql', '-XAtq',
        '-d', $pg->conninfo(user => $role), map { ('-c', $_) } @commands);

    return $text =~ s/\n\z//r;
}


my $mine = 'SELECT DISTINCT newsletter_id FROM mytwip.issue_report';

is(session($alice, $mine), '1', 'alice logs in and sees her newsletter');
is(session($alice, "SET mytwip.veilleur = '42'", $mine), '1',
    'and no other, whoever she says she is');
like(session($alice, 'SELECT * FROM mytwip.open'), qr/permission denied/,
    'and no event');
is(session($reports, "BEGIN; SET LOCAL mytwip.veilleur = '42'; $mine; COMMIT"),
    '2', 'the application sees what the user owns for whom it asks');
is(session($reports, 'BEGIN', "SET LOCAL mytwip.veilleur = '42'", 'COMMIT',
    $mine), '', 'until the end of the transaction, as a pooler needs it');

# what a session may ask PostgreSQL to tell of how it works: the plan of her own
# query, and none of those within

for (
    [ $alice, 'issue_report' ], [ $alice, 'newsletter_report' ],
    [ $alice, 'unsubscription_report' ], [ $dev, 'activity_report' ])
{
    my ($role, $report) = @$_;

    my $told = session($role, 'SET client_min_messages = log',
        'SET debug_print_plan = on', 'SET trace_sort = on',
        "SELECT * FROM mytwip.$report");

    is(join(', ', $told =~ /LOG:\s+(\w+)/g), 'plan',
        "of $report only the plan of the query is told");
}

# a notification comes to everybody who listens

is(session($alice, 'LISTEN mytwip_unsubscribe', 'SELECT 1'), '1',
    'PostgreSQL lets everybody listen');

my ($rc, $heard) = run_command('psql', '-XAtq',
    '-d', $pg->cluster()->admin_conninfo($pg->name()),
    '-c', 'LISTEN mytwip_unsubscribe',
    '-c', 'SELECT mytwip.unsubscribe(777, 1)');

like($heard, qr/notification "mytwip_unsubscribe" with payload "\{"id":\d+\}"/,
    'and hears that somebody left');
unlike($heard, qr/777/, 'but not who');


END {
    if ($pg) {
        $pg->query('DELETE FROM mytwip.newsletter_owner;'
            . " DROP ROLE $alice; DROP ROLE $reports; DROP ROLE $dev");
    }
}
