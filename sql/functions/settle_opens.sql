-- In key order and in a transaction that holds no other counts, so that it and
-- the batches cannot wait for each other.
--
-- Who was named has no bit in opener_bits, and is not counted as named any
-- more: as of nobody's opens, the report cannot tell how many readers they are
-- of, and the upper end of the open rate has them all.

CREATE FUNCTION mytwip.settle_opens() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    moved  record;
BEGIN
    FOR moved IN
        WITH taken AS (
            DELETE FROM mytwip.unnamed_opens
            RETURNING account_id, issue_id, verdict, opens
        )
        SELECT account_id, issue_id,
               coalesce(sum(opens) FILTER (WHERE verdict = 1), 0)::bigint
                   AS human,
               coalesce(sum(opens) FILTER (WHERE verdict IN (0, 2)), 0)::bigint
                   AS undecided,
               coalesce(sum(opens) FILTER (WHERE verdict > 2), 0)::bigint
                   AS machine
          FROM taken
         GROUP BY account_id, issue_id
         ORDER BY account_id, issue_id
    LOOP
        UPDATE mytwip.issue_opens AS o
           SET human_named = o.human_named - moved.human,
               human_unnamed = o.human_unnamed + moved.human,
               undecided_named = o.undecided_named - moved.undecided,
               undecided_unnamed = o.undecided_unnamed + moved.undecided,
               machine_named = o.machine_named - moved.machine,
               machine_unnamed = o.machine_unnamed + moved.machine,
               nobodys = o.nobodys + moved.human + moved.undecided,
               judged_opens = NULL      -- named openers are counted again
         WHERE o.account_id = moved.account_id
           AND o.issue_id = moved.issue_id;
    END LOOP;

    -- whose rows are past their retention names nobody any more
    FOR moved IN
        SELECT o.account_id, o.issue_id
          FROM mytwip.issue_opens AS o, mytwip.event_window('open') AS w
         WHERE coalesce(o.last_at, o.judged_at) < w.oldest
           AND (o.human_named > 0 OR o.undecided_named > 0
                OR o.machine_named > 0)
         ORDER BY o.account_id, o.issue_id
         LIMIT 10000
           FOR UPDATE OF o SKIP LOCKED          -- in their order a second time
    LOOP
        UPDATE mytwip.issue_opens AS o
           SET human_unnamed = o.human_unnamed + o.human_named,
               undecided_unnamed = o.undecided_unnamed + o.undecided_named,
               machine_unnamed = o.machine_unnamed + o.machine_named,
               human_named = 0, undecided_named = 0, machine_named = 0
         WHERE o.account_id = moved.account_id
           AND o.issue_id = moved.issue_id;
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.settle_opens() IS
'Moves the counts of opens that were un-named since, and of those past their retention, from named to not named in issue_opens; the sum stays. Part of maintain; also to be called by hand, in a transaction of its own, when a report is to have it at once.';
