-- Counts and bits that a batch has locked have their turn the next day. A batch
-- that read the key before may set bits afterwards: they count for nothing, and
-- go then.

CREATE FUNCTION mytwip.forget_openers() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    oldest  CONSTANT timestamptz := now() - (SELECT r.keep
                                               FROM mytwip.retention AS r
                                              WHERE r.kind = 'opener_key');
    due     record;
BEGIN
    FOR due IN
        SELECT o.account_id, o.issue_id
          FROM mytwip.issue_opens AS o
          LEFT JOIN mytwip.issue AS i
               ON i.account_id = o.account_id AND i.id = o.issue_id
         WHERE o.human_bits IS NULL
           AND least(i.sent_at, o.first_at) < oldest
         ORDER BY o.account_id, o.issue_id
         LIMIT 10000
           FOR NO KEY UPDATE OF o SKIP LOCKED
    LOOP
        UPDATE mytwip.issue_opens AS o
           SET (human_bits, any_class_bits) = (
                   SELECT coalesce(sum(bit_count(b.human)), 0),
                          coalesce(sum(bit_count(b.any_class)), 0)
                     FROM mytwip.opener_bits AS b
                    WHERE b.account_id = o.account_id
                      AND b.issue_id = o.issue_id)
         WHERE o.account_id = due.account_id AND o.issue_id = due.issue_id;
    END LOOP;

    WITH free AS MATERIALIZED (
        SELECT b.account_id, b.issue_id, b.chunk
          FROM mytwip.opener_bits AS b
          JOIN mytwip.issue_opens AS o
            ON o.account_id = b.account_id AND o.issue_id = b.issue_id
         WHERE o.human_bits IS NOT NULL
           FOR UPDATE OF b SKIP LOCKED
    )
    DELETE FROM mytwip.opener_bits AS b
     USING free AS f
     WHERE b.account_id = f.account_id AND b.issue_id = f.issue_id
       AND b.chunk = f.chunk;

    DELETE FROM mytwip.opener_key AS k
     USING mytwip.opener_key AS l
      LEFT JOIN mytwip.issue AS i
           ON i.account_id = l.account_id AND i.id = l.issue_id
      LEFT JOIN mytwip.issue_opens AS o
           ON o.account_id = l.account_id AND o.issue_id = l.issue_id
     WHERE k.account_id = l.account_id AND k.issue_id = l.issue_id
       AND (i.id IS NULL OR o.human_bits IS NOT NULL
            OR o.issue_id IS NULL AND i.sent_at < oldest);
END
$$;

COMMENT ON FUNCTION mytwip.forget_openers() IS
'Deletes opener_key and opener_bits of issues as mytwip.retention says, 30 days after they were sent or first opened, whichever was first; of the bits it is kept in issue_opens how many there were. Part of maintain.';
