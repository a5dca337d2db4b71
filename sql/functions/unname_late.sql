-- The last thing, as nothing in here waits for another session: whoever is
-- locked has their turn with a later batch.

CREATE FUNCTION mytwip.unname_late() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    due  mytwip.unnaming;
BEGIN
    IF NOT EXISTS (SELECT FROM mytwip.unnaming) THEN
        RETURN;
    END IF;

    FOR due IN
        SELECT u.* FROM mytwip.unnaming AS u
         WHERE u.horizon <= pg_snapshot_xmin(pg_current_snapshot())
         ORDER BY u.account_id, u.id
         LIMIT 50
           FOR UPDATE SKIP LOCKED
    LOOP
        PERFORM FROM mytwip.reader AS r
          WHERE r.account_id = due.account_id AND r.id = due.reader_id
            FOR NO KEY UPDATE SKIP LOCKED;

        CONTINUE WHEN NOT FOUND
            AND EXISTS (SELECT FROM mytwip.reader AS r
                         WHERE r.account_id = due.account_id
                           AND r.id = due.reader_id);

        PERFORM mytwip.unname_opens(due.account_id, due.reader_id);

        DELETE FROM mytwip.unnaming AS u
         WHERE u.account_id = due.account_id AND u.id = due.id;
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.unname_late() IS
'Un-names the opens that an ingest stored with the reader as it was running when the consent was withdrawn: part of ingest and maintain.';
