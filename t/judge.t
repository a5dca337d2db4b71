#!/usr/bin/perl

# Verdicts that are given again wait for nobody who may be waiting for them: a
# withdrawal that is not yet committed, a batch that is counting.

use strict;
use warnings;

use lib 't/lib';
use Test::More;
use Test::Mytwip;

my $t = Test::Mytwip->new()->plan(15);

# one that withdraws, or counts, and one that must not wait for it
my $pg = $t->pg();
my $other = $t->cluster()->database($pg->name());

# what waits, waits too long
$pg->query("SET lock_timeout = '2s'");


# where windows of 4 and of 20 seconds begin, for all that is sent
my $hour_ago = $pg->value(
    "SELECT date_bin('20 s', now() - interval '1 hour', '2000-01-01 UTC')");


# Sends an open (a trap, for kind 6) of code 1 in a batch of its own, at so many
# seconds of an hour ago.
sub send_open {
    my ($db, $issue, $reader, $seconds, $kind) = @_;

    return $db->query('SELECT mytwip.ingest(gen_random_uuid(), 4096, 4136,'
        . " ARRAY[@{[$kind // 1]}]::smallint[], '{4104}',"
        . " ARRAY['$hour_ago'::timestamptz + interval '$seconds s'],"
        . " '{$issue}', '{$reader}', '{1}')");
}


sub withdraw {
    my ($reader) = @_;

    $other->query('BEGIN');
    $other->query("SELECT mytwip.withdraw_consent($reader, 'open_tracking',"
        . " 'link')");
}


# Counts of issue_opens that are not the sums of the rows, by issue.
sub wrong {
    return $pg->query(<<'EOT');
SELECT issue_id FROM mytwip.issue_opens AS c
  FULL JOIN (SELECT issue_id,
                    coalesce(sum(fetches) FILTER (WHERE class = 'human'
                             AND reader_id IS NOT NULL), 0) AS human_named,
                    coalesce(sum(fetches) FILTER (WHERE class = 'human'
                             AND reader_id IS NULL), 0) AS human_unnamed,
                    coalesce(sum(fetches) FILTER (WHERE class = 'machine'
                             AND reader_id IS NOT NULL), 0) AS machine_named,
                    coalesce(sum(fetches) FILTER (WHERE class = 'machine'
                             AND reader_id IS NULL), 0) AS machine_unnamed
               FROM mytwip.open JOIN mytwip.verdict ON code = verdict
              GROUP BY 1) AS o USING (issue_id)
 WHERE (c.human_named, c.human_unnamed, c.machine_named, c.machine_unnamed)
       IS DISTINCT FROM (o.human_named, o.human_unnamed, o.machine_named,
                         o.machine_unnamed)
EOT
}


# a withdrawal, and what is judged anew
send_open($pg, 1, $_, 0) for 7, 8;
$pg->query("UPDATE mytwip.issue SET sent_at = (SELECT min(at)"
    . " FROM mytwip.open WHERE issue_id = 1) - interval '1 s' WHERE id = 1");
withdraw(7);
is($pg->value('SELECT mytwip.judge_issue(1)'), 1,
    'an open that is being un-named is left');
$other->query('COMMIT');
$pg->query('SELECT mytwip.settle_opens()');
is($pg->value('SELECT mytwip.judge_issue(1)'), 1,
    'and has its turn without the name');
is(wrong(), '', 'the counts are those of the rows');

# a trap
send_open($pg, 2, 9, 0);
withdraw(9);
like(send_open($pg, 2, 9, 1, 6), qr/^4136/,
    'a trap of who is withdrawing does not wait');
$other->query('COMMIT');
$pg->query('SELECT mytwip.settle_opens()');
is(wrong(), '', 'the counts are those of the rows');

# a trap that came before: its name goes at the same time
send_open($pg, 2, 10, 0, 6);
withdraw(10);
like(send_open($pg, 2, 10, 1), qr/^4136/,
    'nor does an open that finds it');
$other->query('COMMIT');
send_open($pg, 3, 11, 0);           # which looks once more after them
$pg->query('SELECT mytwip.settle_opens()');
is(wrong(), '', 'the counts are those of the rows');

# bits, of which a batch may have more before it has the counts
send_open($pg, 5, 1001, 0);
$other->query('BEGIN; SELECT FROM mytwip.opener_bits WHERE issue_id = 5'
    . ' FOR UPDATE');
like(send_open($pg, 5, 1001, 1, 6), qr/^4136/,
    'nor does a trap, for the bits of its group');
$other->query('COMMIT');
$pg->query('SELECT mytwip.judge_issue(5)');
is($pg->value('SELECT machine_unnamed FROM mytwip.issue_opens'
    . ' WHERE issue_id = 5'), 1, 'which gives its open when it is judged');
is(wrong(), '', 'the counts are those of the rows');

# a sweep
$pg->query("UPDATE mytwip.reader SET email = id || '\@sweep.example.org'"
    . ' WHERE account_id = 1 AND id BETWEEN 20 AND 24');
$pg->query('SELECT mytwip.count_domains()');
send_open($pg, 4, $_, ($_ - 20) / 2) for 20 .. 23;
withdraw(20);
like(send_open($pg, 4, 24, 2.5), qr/^4136/,
    'nor does the fifth of a sweep');
$other->query('COMMIT');
$pg->query('SELECT mytwip.settle_opens()');
is(wrong(), '', 'the counts are those of the rows');
is($pg->value('SELECT machine_opens FROM mytwip.issue_figures'
    . ' WHERE issue_id = 4'), 4, 'the others are a sweep');

# a batch
$pg->query('UPDATE mytwip.issue_opens SET judged_opens = NULL');
$other->query('BEGIN');
send_open($other, 2, 30, 60);
is($pg->value('SELECT mytwip.judge(1000)'), 4,
    'judge leaves the issue in which a batch is counting');
$other->query('COMMIT');
is($pg->value('SELECT mytwip.judge(1000)'), 1, 'until it has counted');
$other->close();
