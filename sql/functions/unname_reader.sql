-- Of one reader or of many, it is a year of partitions that is looked through.
-- So ingest has it done for all of a batch together, when it has stored what they
-- asked for. The number of the transaction says that this is a batch; a session
-- that sets it for its own transaction puts off what it asks for itself.

CREATE FUNCTION mytwip.unname_reader(account_id bigint, reader_id bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    batch  CONSTANT boolean := coalesce(current_setting('mytwip.batch', true)
                                   = pg_current_xact_id()::text, false);
BEGIN
    INSERT INTO mytwip.unnaming (account_id, reader_id, unnamed)
    VALUES (account_id, reader_id, NOT batch);

    IF NOT batch THEN
        PERFORM mytwip.unname_opens(account_id, reader_id);
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.unname_reader(bigint, bigint) IS
'unname_opens now, or by unname_late in the same batch, if it has very many in one of the next; and once more when no ingest can be running that had read the consent before.';
