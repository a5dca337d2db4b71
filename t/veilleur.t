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

plan(tests => 8);

# roles are of the whole cluster, which may be that of other tests
my ($alice, $reports) = map { "veilleur_${_}_$$" } qw/ alice reports /;

$pg->query(<<"EOT");
CREATE ROLE $alice LOGIN IN ROLE mytwip_veilleur;
CREATE ROLE $reports LOGIN IN ROLE mytwip_veilleur;
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
            . " DROP ROLE $alice; DROP ROLE $reports");
    }
}
