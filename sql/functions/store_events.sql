-- The hot path. One statement does the opens: look up, sort out, store, count.
-- What is no open is taken out before: what readers wait for, and activities.
--
-- A reader with a subscription to the newsletter exists and is of its account
-- (foreign keys), so only the others are looked for in reader, by id alone:
-- a link names no account. (The CASE makes the search key null for the rest,
-- which spares the search; a second condition would not.)
--
-- The plan must not depend on statistics, which a restored database lacks.
-- OFFSET 0 keeps the search for a subscription whole: as a join, the planner
-- may look for the account and the newsletter alone, and read all of theirs.

CREATE FUNCTION mytwip.store_events(segment uuid, base bigint,
    kinds smallint[], positions bigint[], times timestamptz[],
    issues bigint[], readers bigint[], codes smallint[], details text[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
AS $$
DECLARE
    accepted  record;
BEGIN
    SELECT * INTO accepted FROM mytwip.event_window();

    IF 1::smallint <> ANY (kinds) THEN
        PERFORM mytwip.store_requests(segment, base, kinds, positions, times,
                                      issues, readers, codes);

        PERFORM mytwip.store_activities(segment, base, array_agg(e.position),
                    array_agg(e.at), array_agg(e.user_id), array_agg(e.code),
                    array_agg(e.details))
           FROM unnest(kinds, positions, times, readers, codes, details)
                AS e (kind, position, at, user_id, code, details)
          WHERE e.kind = 5
         HAVING count(*) > 0;

        SELECT array_agg(e.kind), array_agg(e.position), array_agg(e.at),
               array_agg(e.issue_id), array_agg(e.reader_id),
               array_agg(e.code)
          INTO kinds, positions, times, issues, readers, codes
          FROM unnest(kinds, positions, times, issues, readers, codes)
               AS e (kind, position, at, issue_id, reader_id, code)
         WHERE (e.kind BETWEEN 2 AND 5) IS NOT TRUE;

        IF kinds IS NULL THEN
            RETURN;
        END IF;
    END IF;

    WITH event AS MATERIALIZED (
        SELECT e.kind, e.position, e.at, e.issue_id, e.code,
               CASE WHEN e.code BETWEEN 0 AND 4 THEN e.code ELSE 0 END
               ::smallint AS agent,
               i.account_id,
               CASE WHEN s.named_opens THEN e.reader_id END AS reader_id,
               CASE WHEN s.reader_id IS NULL AND r.id IS NULL
                    THEN nullif(e.reader_id, 0) END AS unknown_reader_id,
               CASE WHEN e.kind IS DISTINCT FROM 1 THEN 'unknown_kind'
                    WHEN i.id IS NULL THEN 'unknown_issue'
                    WHEN s.reader_id IS NULL AND r.id IS NULL
                         AND e.reader_id <> 0 THEN 'unknown_reader'
                    WHEN r.account_id <> i.account_id THEN 'foreign_reader'
                    WHEN (e.at BETWEEN accepted.oldest AND accepted.newest)
                         IS NOT TRUE THEN 'time_out_of_range'
               END AS reason
          FROM unnest(kinds, positions, times, issues, readers, codes)
               AS e (kind, position, at, issue_id, reader_id, code)
          LEFT JOIN mytwip.issue AS i
               ON i.id = e.issue_id
          LEFT JOIN LATERAL (
                SELECT s.reader_id, s.named_opens
                  FROM mytwip.subscription AS s
                 WHERE s.account_id = i.account_id
                   AND s.reader_id = e.reader_id
                   AND s.newsletter_id = i.newsletter_id
                OFFSET 0
               ) AS s ON true
          LEFT JOIN mytwip.reader AS r
               ON r.id = CASE WHEN s.reader_id IS NULL THEN e.reader_id END
    ), apart AS (
        INSERT INTO mytwip.rejected (segment, position, reason, kind, at,
                                     issue_id, reader_id, code)
        SELECT store_events.segment, position, reason, kind, at, issue_id,
               unknown_reader_id, code
          FROM event
         WHERE reason IS NOT NULL
    ), counted AS (
        -- in key order, so that no two batches wait for each other
        INSERT INTO mytwip.issue_opens AS o (account_id, issue_id, agent,
                                             named, opens, first_at, last_at)
        SELECT account_id, issue_id, agent, reader_id IS NOT NULL AS named,
               count(*), min(at), max(at)
          FROM event
         WHERE reason IS NULL
         GROUP BY account_id, issue_id, agent, named
         ORDER BY account_id, issue_id, agent, named
        ON CONFLICT (account_id, issue_id, agent, named) DO UPDATE
           SET opens = o.opens + excluded.opens,
               first_at = least(o.first_at, excluded.first_at),
               last_at = greatest(o.last_at, excluded.last_at)
    )
    INSERT INTO mytwip.open (account_id, at, id, issue_id, reader_id, agent)
    SELECT account_id, at, base + position, issue_id, reader_id, agent
      FROM event
     WHERE reason IS NULL;
END
$$;

COMMENT ON FUNCTION mytwip.store_events(uuid, bigint, smallint[], bigint[],
    timestamptz[], bigint[], bigint[], smallint[], text[]) IS
'Stores the events of a batch, counts opens and activities, and puts what cannot be stored into rejected. base is what move_mark returned.';
