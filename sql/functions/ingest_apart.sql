-- No SET clause, as in ingest.

CREATE FUNCTION mytwip.ingest_apart(segment uuid, from_position bigint,
    to_position bigint, kinds smallint[], positions bigint[],
    times timestamptz[], issues bigint[], readers bigint[], codes smallint[],
    details text[] DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    days  CONSTANT pg_catalog.date[] := mytwip.missing_days(times);
BEGIN
    IF pg_catalog.cardinality(days) OPERATOR(pg_catalog.>) 0 THEN
        PERFORM mytwip.maintain(days);
    END IF;

    RETURN mytwip.ingest_batch(segment, from_position, to_position, kinds,
                               positions, times, issues, readers, codes,
                               details, true);
END
$$;

COMMENT ON FUNCTION mytwip.ingest_apart(uuid, bigint, bigint, smallint[],
    bigint[], timestamptz[], bigint[], bigint[], smallint[], text[]) IS
'What nginx calls when ingest has refused a batch for its content: the same, but an event that cannot be stored goes to rejected with the reason refused, alone.';
