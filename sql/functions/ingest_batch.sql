-- The settings hold for all that is called from here. A worker's session lives
-- long, and plans made while tables were small, or by statistics that have gone
-- out of date, would too: so what is planned is planned once, with the indexes.

CREATE FUNCTION mytwip.ingest_batch(segment uuid, from_position bigint,
    to_position bigint, kinds smallint[], positions bigint[],
    times timestamptz[], issues bigint[], readers bigint[], codes smallint[],
    details text[], apart boolean)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
    mark  bigint;
    base  bigint;
BEGIN
    PERFORM mytwip.see_withdrawals();
    PERFORM mytwip.check_batch(from_position, to_position, kinds, positions,
                               times, issues, readers, codes, details);

    base := mytwip.move_mark(segment, from_position, to_position);

    IF base IS NULL THEN
        SELECT j.position INTO mark FROM mytwip.journal AS j
         WHERE j.segment = ingest_batch.segment;
        RETURN coalesce(mark, 4096);
    END IF;

    IF apart THEN
        PERFORM mytwip.store_apart(segment, base, kinds, positions, times,
                                   issues, readers, codes, details);
    ELSE
        PERFORM mytwip.store_events(segment, base, kinds, positions, times,
                                    issues, readers, codes, details);
    END IF;

    RETURN to_position;
END
$$;

COMMENT ON FUNCTION mytwip.ingest_batch(uuid, bigint, bigint, smallint[],
    bigint[], timestamptz[], bigint[], bigint[], smallint[], text[],
    boolean) IS
'What ingest and ingest_apart do once every day has its partition; call those.';
