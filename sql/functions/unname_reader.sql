-- In a year of partitions it takes some 20 ms, for one reader or for many. So
-- ingest has it done for all of a batch at its end, and of very many, as after
-- an outage, the later ones have their turn at the end of the next batches.
-- (Who sets mytwip.unname_later by hand has their withdrawal wait until then.)

CREATE FUNCTION mytwip.unname_reader(account_id bigint, reader_id bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    INSERT INTO mytwip.unnaming (account_id, reader_id)
    VALUES (account_id, reader_id);

    IF current_setting('mytwip.unname_later', true) = 'on' THEN
        RETURN;
    END IF;

    IF (SELECT count(*) FROM (SELECT FROM mytwip.unnaming LIMIT 101) AS u)
       <= 100
    THEN
        PERFORM mytwip.unname_opens(account_id, reader_id);
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.unname_reader(bigint, bigint) IS
'unname_opens now, or at the end of the batch, unless very many are waiting; and once more when no ingest can be running that had read the consent before.';
