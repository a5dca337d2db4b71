-- The last thing, as nothing in here waits for another session: whoever is
-- locked has their turn with a later batch.
--
-- First those of this transaction, who have no horizon yet (and others of that
-- moment, which does no harm), then those who are looked at once more.

CREATE FUNCTION mytwip.unname_late() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    most     CONSTANT integer := 100;
    again    boolean;
    waiting  record;
    free     bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM mytwip.unnaming) THEN
        RETURN;
    END IF;

    FOREACH again IN ARRAY '{f,t}'::boolean[] LOOP
        FOR waiting IN
            SELECT w.account_id, array_agg(w.id) AS ids,
                   array_agg(w.reader_id) AS readers
              FROM (SELECT u.account_id, u.id, u.reader_id
                      FROM mytwip.unnaming AS u
                     WHERE CASE WHEN again
                                THEN u.horizon <= pg_snapshot_xmin(
                                                      pg_current_snapshot())
                                ELSE u.horizon IS NULL END
                     ORDER BY u.account_id, u.id
                     LIMIT most
                       FOR UPDATE SKIP LOCKED) AS w
             GROUP BY w.account_id
             ORDER BY w.account_id
        LOOP
            free := ARRAY(SELECT r.id FROM mytwip.reader AS r
                           WHERE r.account_id = waiting.account_id
                             AND r.id = ANY (waiting.readers)
                             FOR NO KEY UPDATE SKIP LOCKED)
                    || ARRAY(SELECT w FROM unnest(waiting.readers) AS w
                              WHERE NOT EXISTS (
                                        SELECT FROM mytwip.reader AS r
                                         WHERE r.account_id
                                               = waiting.account_id
                                           AND r.id = w));

            CONTINUE WHEN cardinality(free) = 0;

            PERFORM mytwip.unname_opens(waiting.account_id, VARIADIC free);

            IF again THEN
                DELETE FROM mytwip.unnaming AS u
                 WHERE u.account_id = waiting.account_id
                   AND u.id = ANY (waiting.ids)
                   AND u.reader_id = ANY (free);
            END IF;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.unname_late() IS
'Un-names the opens of readers whose consent a batch has withdrawn, and once more those that an ingest stored as it was running when the consent was withdrawn: part of ingest and maintain.';
