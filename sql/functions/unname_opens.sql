-- The readers are locked, or gone. Which opens go follows from the ledger as it
-- is now, so that doing it twice, or late, does no harm.
--
-- Several at once, as it is the year of partitions that takes the time. Each is
-- looked for by the index of readers, whatever the planner knows: + 0 keeps it
-- from the primary key, by which it would read all opens of the account.

CREATE FUNCTION mytwip.unname_opens(account_id bigint,
    VARIADIC reader_ids bigint[])
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    n  bigint;
BEGIN
    WITH unnamed AS (
        UPDATE mytwip.open AS o
           SET reader_id = NULL
          FROM unnest(reader_ids) AS r (id)
         WHERE o.account_id + 0 = unname_opens.account_id
           AND o.reader_id = r.id
           AND NOT mytwip.has_consent(o.account_id, o.reader_id,
                       'open_tracking',
                       (SELECT i.newsletter_id FROM mytwip.issue AS i
                         WHERE i.account_id = o.account_id
                           AND i.id = o.issue_id))
        RETURNING o.issue_id, o.verdict, o.fetches
    ), moved AS (
        INSERT INTO mytwip.unnamed_opens AS m (account_id, issue_id,
                                               verdict, opens)
        SELECT unname_opens.account_id, issue_id, verdict, sum(fetches)
          FROM unnamed
         GROUP BY issue_id, verdict
        RETURNING m.opens
    )
    SELECT coalesce(sum(opens), 0) INTO n FROM moved;

    DELETE FROM mytwip.trap AS t
     WHERE t.account_id = unname_opens.account_id
       AND t.reader_id = ANY (reader_ids)
       AND NOT mytwip.has_consent(t.account_id, t.reader_id, 'open_tracking',
                   (SELECT i.newsletter_id FROM mytwip.issue AS i
                     WHERE i.account_id = t.account_id
                       AND i.id = t.issue_id));

    RETURN n;
END
$$;

COMMENT ON FUNCTION mytwip.unname_opens(bigint, bigint[]) IS
'Takes the readers out of stored opens for which no consent is in effect any more, deletes such hits of traps, notes what issue_opens has to move, and returns how many they were. What a withdrawal does (GDPR art. 7(3), 17(1)(b)); call withdraw_consent.';
