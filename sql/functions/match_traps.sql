-- A hit and its open in two batches: of a named reader the open is known; of
-- an unnamed one only that there was one, so the count is put right by the
-- unnamed human open that is nearest in time. Which reader's it is, is not
-- known and does not matter. More opens of a named one are left to judge_issue.
--
-- Unnamed hits can be sent by the thousand, and each would take an open of
-- somebody else: so a group of opener_bits gives one open for the issue, and
-- only if it has opened. No flood takes off more than was counted of its group.
-- A hit that has had its open is deleted: it would tie that to the group.

CREATE FUNCTION mytwip.match_traps(issues bigint[], since timestamptz,
    until timestamptz)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET enable_seqscan = off
AS $$
DECLARE
    burst  CONSTANT interval := '2 s';
    hit    record;
    human  boolean;
    taken  mytwip.open;
BEGIN
    FOR hit IN
        SELECT t.*, t.opener_group / 2048 AS chunk,
               t.opener_group % 2048 AS bit
          FROM mytwip.trap AS t
          LEFT JOIN LATERAL (
                SELECT b.* FROM mytwip.opener_bits AS b
                 WHERE b.account_id = t.account_id
                   AND b.issue_id = t.issue_id
                   AND b.chunk = t.opener_group / 2048
                OFFSET 0
               ) AS b ON true
         WHERE NOT t.matched
           AND t.at BETWEEN since - burst AND until + burst
           AND t.issue_id = ANY (issues)
           AND (t.reader_id IS NOT NULL
                OR get_bit(b.any_class, t.opener_group % 2048) = 1
                   AND (b.trapped IS NULL
                        OR get_bit(b.trapped, t.opener_group % 2048) = 0))
         ORDER BY t.account_id, t.issue_id, t.at, t.id
         LIMIT 10000
    LOOP
        -- store_opens has locked the issues that this batch opens, in order;
        -- another one is not waited for, and left to judge_issue
        PERFORM FROM mytwip.issue_opens AS o
          WHERE o.account_id = hit.account_id AND o.issue_id = hit.issue_id
            FOR UPDATE SKIP LOCKED;

        CONTINUE WHEN NOT FOUND;

        -- again: a hit before may have been of the same group
        human := true;

        IF hit.reader_id IS NULL THEN
            SELECT get_bit(b.human, hit.bit) = 1 INTO human
              FROM mytwip.opener_bits AS b
             WHERE b.account_id = hit.account_id
               AND b.issue_id = hit.issue_id AND b.chunk = hit.chunk
               AND (b.trapped IS NULL OR get_bit(b.trapped, hit.bit) = 0)
               FOR NO KEY UPDATE SKIP LOCKED;   -- a batch holds them

            CONTINUE WHEN NOT FOUND;
        END IF;

        -- a row begins with its first fetch and has those of 4 seconds
        SELECT o.* INTO taken
          FROM mytwip.open AS o
         WHERE o.account_id = hit.account_id
           AND o.issue_id = hit.issue_id
           AND o.at BETWEEN hit.at - burst
                            - CASE WHEN hit.reader_id IS NULL
                              THEN interval '4 s' ELSE interval '0' END
                        AND hit.at + burst
           AND o.reader_id IS NOT DISTINCT FROM hit.reader_id
           AND (o.verdict = 0 OR o.verdict = 1 AND human)
         ORDER BY abs(extract(epoch FROM o.at - hit.at)), o.verdict DESC, o.id
         LIMIT 1
           FOR UPDATE SKIP LOCKED;              -- a withdrawal holds it

        CONTINUE WHEN NOT FOUND;

        PERFORM FROM mytwip.trap AS t
          WHERE t.account_id = hit.account_id AND t.issue_id = hit.issue_id
            AND t.at = hit.at AND t.id = hit.id
            FOR UPDATE SKIP LOCKED;

        CONTINUE WHEN NOT FOUND;

        PERFORM mytwip.judge_open(taken, 12::smallint,
                    CASE WHEN hit.reader_id IS NULL THEN 1
                    ELSE taken.fetches END, hit.id);

        IF hit.reader_id IS NOT NULL THEN
            UPDATE mytwip.trap AS t SET matched = true
             WHERE t.account_id = hit.account_id
               AND t.issue_id = hit.issue_id
               AND t.at = hit.at AND t.id = hit.id;
            CONTINUE;
        END IF;

        DELETE FROM mytwip.trap AS t
         WHERE t.account_id = hit.account_id AND t.issue_id = hit.issue_id
           AND t.at = hit.at AND t.id = hit.id;

        UPDATE mytwip.opener_bits AS b
           SET trapped = set_bit(coalesce(b.trapped, B'0'::bit(2048)),
                                 hit.bit, 1)
         WHERE b.account_id = hit.account_id AND b.issue_id = hit.issue_id
           AND b.chunk = hit.chunk;
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.match_traps(bigint[], timestamptz, timestamptz) IS
'Judges the opens of these issues that belong to hits of traps from two seconds before since to two seconds after until. Called by ingest when there are such hits, and by judge_issue.';


CREATE FUNCTION mytwip.judge_open(open mytwip.open, verdict smallint,
    n integer, id bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    UPDATE mytwip.open AS o
       SET verdict = CASE WHEN o.fetches = n THEN judge_open.verdict
                     ELSE o.verdict END,
           fetches = CASE WHEN o.fetches = n THEN n ELSE o.fetches - n END
     WHERE o.account_id = open.account_id AND o.issue_id = open.issue_id
       AND o.at = open.at AND o.id = open.id;

    IF n < open.fetches THEN
        UPDATE mytwip.open AS o
           SET fetches = o.fetches + n
         WHERE o.account_id = open.account_id AND o.issue_id = open.issue_id
           AND o.at = open.at AND o.id = judge_open.id;
    END IF;

    IF n < open.fetches AND NOT FOUND THEN
        INSERT INTO mytwip.open (account_id, at, id, issue_id, reader_id,
                                 fetches, agent, verdict)
        VALUES (open.account_id, open.at, judge_open.id, open.issue_id,
                open.reader_id, n, open.agent, judge_open.verdict);
    END IF;

    PERFORM mytwip.move_opens(open.account_id, open.issue_id,
                open.reader_id IS NOT NULL, open.verdict, judge_open.verdict,
                n);
END
$$;

COMMENT ON FUNCTION mytwip.judge_open(mytwip.open, smallint, integer, bigint) IS
'Gives n fetches of a row of open, locked by the caller, another verdict, and the counts with it; id is for the row that they become when they are not all of it.';


CREATE FUNCTION mytwip.forget_traps() RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, mytwip, pg_temp
BEGIN ATOMIC
    DELETE FROM mytwip.trap AS t WHERE t.at < now() - interval '1 day';
END;

COMMENT ON FUNCTION mytwip.forget_traps() IS
'Deletes hits of traps that are older than a day: part of maintain.';
