-- In key order and in a transaction that holds no other counts, so that it and
-- the batches cannot wait for each other.

CREATE FUNCTION mytwip.settle_opens() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    moved  record;
BEGIN
    -- whose rows are past their retention names nobody any more
    INSERT INTO mytwip.unnamed_opens (account_id, issue_id, agent, opens)
    SELECT o.account_id, o.issue_id, o.agent, o.opens - coalesce((
               SELECT sum(m.opens) FROM mytwip.unnamed_opens AS m
                WHERE m.account_id = o.account_id
                  AND m.issue_id = o.issue_id AND m.agent = o.agent), 0)
      FROM mytwip.issue_opens AS o, mytwip.event_window('open') AS w
     WHERE o.named AND o.opens > 0 AND o.last_at < w.oldest
     LIMIT 10000;

    FOR moved IN
        WITH taken AS (
            DELETE FROM mytwip.unnamed_opens
            RETURNING account_id, issue_id, agent, opens
        )
        SELECT account_id, issue_id, agent, sum(opens)::bigint AS opens
          FROM taken
         GROUP BY account_id, issue_id, agent
         ORDER BY account_id, issue_id, agent
    LOOP
        INSERT INTO mytwip.issue_opens AS o (account_id, issue_id, agent,
                                             named, opens, first_at, last_at)
        SELECT c.account_id, c.issue_id, c.agent, false, moved.opens,
               c.first_at, c.last_at
          FROM mytwip.issue_opens AS c
         WHERE c.account_id = moved.account_id
           AND c.issue_id = moved.issue_id
           AND c.agent = moved.agent
           AND c.named
        ON CONFLICT (account_id, issue_id, agent, named) DO UPDATE
           SET opens = o.opens + excluded.opens,
               first_at = least(o.first_at, excluded.first_at),
               last_at = greatest(o.last_at, excluded.last_at);

        UPDATE mytwip.issue_opens AS o
           SET opens = o.opens - moved.opens
         WHERE o.account_id = moved.account_id
           AND o.issue_id = moved.issue_id
           AND o.agent = moved.agent
           AND o.named;
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.settle_opens() IS
'Moves the counts of opens that were un-named since, and of those past their retention, from named to not named in issue_opens; the sum stays. Part of maintain; also to be called by hand, in a transaction of its own, when a report is to have it at once.';
