-- The events that readers wait for, sorted out as store_events does with the
-- opens; reader 0 is nobody who could ask for anything. Their time keeps them in
-- order, and is no reason to refuse them: the reader was told that it is done.
--
-- Readers are locked in one order, and before anything else that two batches
-- may have in common.

CREATE FUNCTION mytwip.store_requests(segment uuid, base bigint,
    kinds smallint[], positions bigint[], times timestamptz[],
    issues bigint[], readers bigint[], codes smallint[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    actions  CONSTANT text[] := '{NULL,unsubscribe,unsubscribe_all,undo}';
    ways     CONSTANT text[] := '{one_click,form}';
    reasons  CONSTANT text[] := '{too_many,not_relevant,never_subscribed,
                                  other}';
    event    record;
BEGIN
    PERFORM set_config('mytwip.batch', pg_current_xact_id()::text, true);

    PERFORM FROM mytwip.reader AS r
      WHERE r.id IN (SELECT e.reader_id
                       FROM unnest(kinds, readers) AS e (kind, reader_id)
                      WHERE e.kind IN (2, 3, 4, 7, 8, 9))
      ORDER BY r.account_id, r.id
        FOR NO KEY UPDATE;

    FOR event IN
        SELECT e.*, i.account_id, i.newsletter_id, r.erased,
               CASE WHEN r.id IS NULL THEN nullif(e.reader_id, 0) END
                   AS unknown_reader_id,
               CASE WHEN i.id IS NULL THEN 'unknown_issue'
                    WHEN r.id IS NULL THEN 'unknown_reader'
                    WHEN r.account_id <> i.account_id THEN 'foreign_reader'
                    WHEN isfinite(e.at) IS NOT TRUE THEN 'time_out_of_range'
               END AS fault
          FROM unnest(kinds, positions, times, issues, readers, codes)
               AS e (kind, position, at, issue_id, reader_id, code)
          LEFT JOIN mytwip.issue AS i ON i.id = e.issue_id
          LEFT JOIN mytwip.known_reader AS r ON r.id = e.reader_id
         WHERE e.kind IN (2, 3, 4, 7, 8, 9)
         ORDER BY e.at, e.position
    LOOP
        -- nothing is left to be done
        CONTINUE WHEN event.fault IS NULL AND event.erased;

        IF event.fault IS NULL AND event.kind >= 7 THEN
            PERFORM mytwip.apply_privacy_request(event.account_id,
                        event.reader_id, event.newsletter_id, event.kind,
                        event.at, base + event.position);
        ELSIF event.fault IS NULL THEN
            PERFORM mytwip.apply_request(event.account_id, event.reader_id,
                        event.newsletter_id, actions[event.kind],
                        ways[event.code & 15], reasons[event.code >> 4],
                        event.at, base + event.position);
        ELSE
            INSERT INTO mytwip.rejected (segment, position, reason, kind, at,
                                         issue_id, reader_id, code)
            VALUES (segment, event.position, event.fault, event.kind,
                    event.at, event.issue_id, event.unknown_reader_id,
                    event.code);
        END IF;
    END LOOP;

    PERFORM set_config('mytwip.batch', '', true);
END
$$;

COMMENT ON FUNCTION mytwip.store_requests(uuid, bigint, smallint[], bigint[],
    timestamptz[], bigint[], bigint[], smallint[]) IS
'Applies the events of a batch that unsubscribe a reader or undo that, and those of the privacy page, and puts what cannot be applied into rejected: part of store_events. A way or reason that this version does not know is null; the request holds all the same.';
