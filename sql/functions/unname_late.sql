-- First the readers of this batch, or of one before that had very many: in pieces,
-- as after an outage they may be thousands, and for no longer than a batch may
-- take. Then those who are looked at once more.
--
-- It waits for rows of open that others hold, to judge them, and so comes before
-- a batch holds any, or counts (but in the halves of ingest_apart: there two
-- batches may deadlock, and the one that fails is sent again); of readers, whoever
-- is locked by another session has their turn with a later batch.

CREATE FUNCTION mytwip.unname_late() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    enough   CONSTANT timestamptz := clock_timestamp() + interval '3 s';
    piece    CONSTANT integer := 200;
    again    boolean;
    after    bigint;
    n        integer;
    waiting  record;
    free     bigint[];
BEGIN
    IF NOT EXISTS (SELECT FROM mytwip.unnaming) THEN
        RETURN;
    END IF;

    FOREACH again IN ARRAY '{f,t}'::boolean[] LOOP
        after := 0;

        LOOP
            n := 0;

            FOR waiting IN
                SELECT w.account_id, array_agg(w.id) AS ids,
                       max(w.id) AS last, array_agg(w.reader_id) AS readers
                  FROM (SELECT u.account_id, u.id, u.reader_id
                          FROM mytwip.unnaming AS u
                         WHERE u.id > after AND u.unnamed = again
                           AND (NOT again
                                OR u.horizon <= pg_snapshot_xmin(
                                                    pg_current_snapshot()))
                         ORDER BY u.id
                         LIMIT piece
                           FOR UPDATE SKIP LOCKED) AS w
                 GROUP BY w.account_id
                 ORDER BY w.account_id
            LOOP
                n := n + cardinality(waiting.ids);
                after := greatest(after, waiting.last);

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

                PERFORM mytwip.unname_opens(waiting.account_id,
                                            VARIADIC free);

                IF again THEN
                    DELETE FROM mytwip.unnaming AS u
                     WHERE u.account_id = waiting.account_id
                       AND u.id = ANY (waiting.ids)
                       AND u.reader_id = ANY (free);
                ELSE
                    UPDATE mytwip.unnaming AS u
                       SET unnamed = true
                     WHERE u.account_id = waiting.account_id
                       AND u.id = ANY (waiting.ids)
                       AND u.reader_id = ANY (free);
                END IF;
            END LOOP;

            EXIT WHEN n < piece OR clock_timestamp() > enough;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.unname_late() IS
'Un-names the opens of readers whose consent a batch has withdrawn, and once more those that an ingest stored as it was running when the consent was withdrawn: part of ingest and maintain.';
