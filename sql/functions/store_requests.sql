-- The events that readers wait for. What cannot be stored is left to
-- store_events, which puts it into rejected.
--
-- Readers are locked in one order, and before anything else that two batches
-- may have in common.

CREATE FUNCTION mytwip.store_requests(base bigint, kinds smallint[],
    positions bigint[], times timestamptz[], issues bigint[],
    readers bigint[], codes smallint[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    actions  CONSTANT text[] := '{NULL,unsubscribe,unsubscribe_all,undo}';
    ways     CONSTANT text[] := '{one_click,form}';
    reasons  CONSTANT text[] := '{too_many,not_relevant,never_subscribed,
                                  other}';
    request  record;
BEGIN
    PERFORM FROM mytwip.reader AS r
      WHERE r.id IN (SELECT e.reader_id
                       FROM unnest(kinds, readers) AS e (kind, reader_id)
                      WHERE e.kind BETWEEN 2 AND 4)
      ORDER BY r.account_id, r.id
        FOR NO KEY UPDATE;

    FOR request IN
        SELECT i.account_id, r.id AS reader_id, i.newsletter_id, e.kind, e.at,
               e.position, e.code & 15 AS way, e.code >> 4 AS reason
          FROM unnest(kinds, positions, times, issues, readers, codes)
               AS e (kind, position, at, issue_id, reader_id, code)
          JOIN mytwip.issue AS i ON i.id = e.issue_id
          JOIN mytwip.reader AS r
               ON r.account_id = i.account_id AND r.id = e.reader_id,
               mytwip.event_window() AS w
         WHERE e.kind BETWEEN 2 AND 4
           AND e.at BETWEEN w.oldest AND w.newest
         ORDER BY e.at, e.position
    LOOP
        PERFORM mytwip.apply_request(request.account_id, request.reader_id,
                    request.newsletter_id, actions[request.kind],
                    ways[request.way], reasons[request.reason], request.at,
                    base + request.position);
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.store_requests(bigint, smallint[], bigint[],
    timestamptz[], bigint[], bigint[], smallint[]) IS
'Applies the events of a batch that unsubscribe a reader or undo that: part of store_events. A way or reason that this version does not know is null; the request holds all the same.';
