-- Locks the counts of the issue, so that ingest, which changes them with its
-- rows, is before or after: what it has committed is judged, and what comes
-- later is added to the counts then.
--
-- Rows that a withdrawal holds are left to the next time: it may wait for the
-- counts, and what it takes the name off would be moved as named.
--
-- Of an issue whose first days are past their retention, what is stored is not
-- all that was: it lets the first open and the openers be.
--
-- No nested loop, in which the planner would read all of an issue's opens for
-- each whose verdict changes when it knows nothing of the tables.
--
-- What cannot be seen again stays: a trap, a sweep of which some were unnamed,
-- repeats by the clock of who was named then, and the time at which an unnamed
-- reader's mail was handed over.

CREATE FUNCTION mytwip.judge_issue(issue_id bigint) RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
DECLARE
    delay    CONSTANT interval := mytwip.machine_delay();
    account  CONSTANT bigint := (SELECT i.account_id FROM mytwip.issue AS i
                                  WHERE i.id = judge_issue.issue_id);
    oldest   CONSTANT timestamptz := (mytwip.event_window('open')).oldest;
    changed  bigint := 0;
    moved    record;
BEGIN
    PERFORM FROM mytwip.issue_opens AS o
      WHERE o.account_id = account AND o.issue_id = judge_issue.issue_id
        FOR UPDATE;

    IF NOT FOUND THEN
        RETURN 0;
    END IF;

    PERFORM mytwip.match_traps(ARRAY[judge_issue.issue_id], '-infinity',
                               'infinity');

    FOR moved IN
        WITH judged AS MATERIALIZED (
            SELECT j.at, j.id, j.reader_id, j.fetches, j.verdict AS old,
                   (CASE WHEN j.verdict IN (11, 12)
                              OR j.verdict = 13 AND j.reader_id IS NULL
                         THEN j.verdict
                         WHEN j.agent < 2 AND j.trapped THEN 12
                         WHEN j.agent < 2 AND j.at < j.sent_at + delay THEN 10
                         WHEN j.agent < 2 AND j.swept THEN 11
                         WHEN j.agent < 2 AND j.clockwork THEN 13
                         WHEN j.verdict = 10 AND j.told THEN 10
                         ELSE j.agent END)::smallint AS new
              FROM mytwip.patterns(account, judge_issue.issue_id) AS j
        ), held AS MATERIALIZED (
            SELECT o.at, o.id, o.reader_id IS NOT NULL AS named, o.fetches,
                   j.old, j.new
              FROM judged AS j
              JOIN mytwip.open AS o
                ON o.account_id = account
               AND o.issue_id = judge_issue.issue_id
               AND o.at = j.at AND o.id = j.id
             WHERE j.new <> j.old
               FOR UPDATE OF o SKIP LOCKED
        ), written AS (
            UPDATE mytwip.open AS o
               SET verdict = h.new
              FROM held AS h
             WHERE o.account_id = account
               AND o.issue_id = judge_issue.issue_id
               AND o.at = h.at AND o.id = h.id
            RETURNING h.named, h.old, h.new, h.fetches
        )
        SELECT named, old, new, sum(fetches)::bigint AS n
          FROM written
         GROUP BY named, old, new
    LOOP
        PERFORM mytwip.move_opens(account, judge_issue.issue_id, moved.named,
                                  moved.old, moved.new, moved.n);
        changed := changed + moved.n;
    END LOOP;

    IF changed > 0 THEN
        UPDATE mytwip.issue_opens AS o
           SET (first_at, last_at) = (
                   SELECT CASE WHEN o.first_at < oldest THEN o.first_at
                          ELSE min(p.at) END,
                          CASE WHEN o.last_at < max(p.at) + interval '4 s'
                          THEN o.last_at ELSE max(p.at) END
                     FROM mytwip.open AS p
                    WHERE p.account_id = account
                      AND p.issue_id = judge_issue.issue_id
                      AND p.verdict <= 2)
         WHERE o.account_id = account
           AND o.issue_id = judge_issue.issue_id;
    END IF;

    UPDATE mytwip.issue_opens AS o
       SET judged_at = clock_timestamp(), judged_opens = o.opens,
           human_readers = CASE WHEN old.first_at < oldest
                                THEN greatest(old.human_readers, n.human)
                                ELSE n.human END,
           undecided_readers = CASE WHEN old.first_at < oldest
                                    THEN greatest(old.undecided_readers,
                                                  n.undecided)
                                    ELSE n.undecided END
      FROM mytwip.issue_opens AS old,
           LATERAL mytwip.named_openers(account, judge_issue.issue_id,
                       coalesce(old.first_at, 'infinity'),
                       coalesce(old.last_at, 'infinity')) AS n
     WHERE old.account_id = account AND old.issue_id = judge_issue.issue_id
       AND o.account_id = account AND o.issue_id = judge_issue.issue_id;

    RETURN changed;
END
$$;

COMMENT ON FUNCTION mytwip.judge_issue(bigint) IS
'Judges the stored opens of an issue anew, by what is stored and by the rules and settings of now, and counts its named openers. Returns how many fetches have got another verdict. The counts follow; ingest waits meanwhile where it has opens of this issue.';


-- Those with opens since they were judged, the ones that waited longest first.
-- That is not the order in which ingest takes their counts, so what a batch
-- holds is not waited for.

CREATE FUNCTION mytwip.judge(most integer DEFAULT 100) RETURNS integer
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    judged  integer := 0;
    issue   bigint;
BEGIN
    FOR issue IN
        SELECT o.issue_id FROM mytwip.issue_opens AS o
         WHERE o.judged_opens IS DISTINCT FROM o.opens
         ORDER BY o.judged_at NULLS FIRST, o.issue_id
         LIMIT most
    LOOP
        PERFORM FROM mytwip.issue_opens AS o
          WHERE o.account_id = (SELECT i.account_id FROM mytwip.issue AS i
                                 WHERE i.id = issue)
            AND o.issue_id = issue
            FOR UPDATE SKIP LOCKED;

        CONTINUE WHEN NOT FOUND;

        PERFORM mytwip.judge_issue(issue);
        judged := judged + 1;
    END LOOP;

    RETURN judged;
END
$$;

COMMENT ON FUNCTION mytwip.judge(integer) IS
'judge_issue for up to most issues that have got opens since they were judged. Returns how many; those that a batch is counting in have their turn the next time. maintain() calls it; call it every minute besides, so that reports need not count.';
