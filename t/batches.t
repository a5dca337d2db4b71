#!/usr/bin/perl

# Two batches at once, of two workers: neither waits for what the other one
# holds while it holds what that one needs.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

use constant {
    OPEN => 1, TRAP => 6, STOP => 7,    # kinds of events
    HUMAN => 1,                         # an agent
};

my $t = Test::Mytwip->new()->plan(7);

my $pg = $t->pg();
my ($one, $two) = map { $t->cluster()->database($pg->name()) } 1 .. 2;


# Of events [ kind, issue, reader ] now, the SQL that a worker sends.
sub batch {
    my (@events) = @_;

    my ($kinds, $issues, $readers) = map { my $n = $_;
        join ',', map { $_->[$n] } @events } 0 .. 2;
    my $positions = join ',', map { 4096 + 40 * $_ } 0 .. $#events;
    my $codes = join ',', map { HUMAN } @events;

    return 'SELECT mytwip.ingest(gen_random_uuid(), 4096, 8192,'
        . " '{$kinds}', '{$positions}',"
        . " array_fill(now(), ARRAY[${\scalar @events}]),"
        . " '{$issues}', '{$readers}', '{$codes}')";
}


for ($one, $two) {
    pid_of($_);
    $_->query('SET ROLE mytwip_nginx');
}

# A hit of a trap judges an open that is there; who opened it withdraws in
# another batch, which counts the issue that the first one comes to next.

$pg->query(batch([ OPEN, 1, 1 ]));

$one->query('BEGIN');
is($one->query(batch([ TRAP, 1, 1 ])), 8192, 'the open of a trap is judged');
$two->begin(batch([ OPEN, 2, 2 ], [ STOP, 1, 1 ]));
$t->eventually_is(sub { waits($two) }, 't', 'who withdraws waits for it');

my ($ok, $text) = $one->ask(batch([ OPEN, 2, 3 ]));
is($ok ? 'stored' : $text, 'stored', 'the other issue can be counted');
$one->query('COMMIT');

($ok, $text) = $two->end();
is($ok ? 'stored' : $text, 'stored', 'then the withdrawal takes effect');

is($pg->query('SELECT verdict, reader_id IS NULL FROM mytwip.open'
    . ' WHERE issue_id = 1'), "12\tt", 'of the open that was judged');
is($pg->query('SELECT reader_id FROM mytwip.open WHERE issue_id = 2'
    . ' ORDER BY 1'), "2\n3", 'and nobody else is un-named');

$pg->query('SELECT mytwip.settle_opens()');
is($pg->query('SELECT issue_id, human_named, machine_named, machine_unnamed'
    . ' FROM mytwip.issue_opens ORDER BY 1'), "1\t0\t0\t1\n2\t2\t0\t0",
    'every open is counted once');


# The server's process that serves a session; not to be asked while it waits.
sub pid_of {
    my ($session) = @_;

    return $session->{server_pid} ||= $session->value('SELECT pg_backend_pid()');
}


sub waits {
    my ($session) = @_;

    return $pg->value('SELECT cardinality(pg_blocking_pids('
        . pid_of($session) . ')) > 0');
}
