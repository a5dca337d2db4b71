-- Of a reader with opens in a year of partitions it takes some 20 ms, so of a
-- batch with very many withdrawals, as after an outage, the later ones have
-- their turn at the end of the next batches.

CREATE FUNCTION mytwip.unname_reader(account_id bigint, reader_id bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    INSERT INTO mytwip.unnaming (account_id, reader_id)
    VALUES (account_id, reader_id);

    IF (SELECT count(*) FROM (SELECT FROM mytwip.unnaming LIMIT 101) AS u)
       <= 100
    THEN
        PERFORM mytwip.unname_opens(account_id, reader_id);
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.unname_reader(bigint, bigint) IS
'unname_opens now, unless very many are waiting, and once more when no ingest can be running that had read the consent before.';
