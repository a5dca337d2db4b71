-- Subscriptions in use are left out and not waited for: a batch locks those of
-- its readers in the order of what they asked, and this one all at once.
--
-- The plan must not depend on statistics: each is searched for.

CREATE FUNCTION mytwip.mailed(issue_id bigint, reader_ids bigint[],
    at timestamptz DEFAULT now())
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
BEGIN
    UPDATE mytwip.issue AS i SET mailed = true
     WHERE i.id = mailed.issue_id AND NOT i.mailed;

    WITH free AS MATERIALIZED (
        SELECT s.account_id, s.reader_id, s.newsletter_id
          FROM mytwip.issue AS i
         CROSS JOIN unnest(mailed.reader_ids) AS r (id)
         CROSS JOIN LATERAL (
                SELECT s.* FROM mytwip.subscription AS s
                 WHERE s.account_id = i.account_id
                   AND s.reader_id = r.id
                   AND s.newsletter_id = i.newsletter_id
                   FOR NO KEY UPDATE SKIP LOCKED
               ) AS s
         WHERE i.id = mailed.issue_id
    )
    UPDATE mytwip.subscription AS s
       SET mailed_issue = mailed.issue_id,
           mailed_at = least(mailed.at, clock_timestamp())
      FROM free AS f
     WHERE s.account_id = f.account_id
       AND s.reader_id = f.reader_id
       AND s.newsletter_id = f.newsletter_id;
END
$$;

COMMENT ON FUNCTION mytwip.mailed(bigint, bigint[], timestamptz) IS
'Says when the mails of an issue to these readers were handed over, for a sending that takes longer than moments: opens within mytwip.machine_delay after that are of machines. Of each reader the last is kept, and a time to come is now. A reader whose subscription another session is changing is left out. Optional; without it issue.sent_at counts, which is sure and finds less.';
