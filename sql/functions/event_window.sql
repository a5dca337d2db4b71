-- Not in SQL: that would be planned again in each batch.

CREATE FUNCTION mytwip.event_window(event_table text DEFAULT 'open',
    OUT oldest timestamptz, OUT newest timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    oldest := greatest(now() - interval '400 days',
                       now() - (SELECT r.keep FROM mytwip.retention AS r
                                 WHERE r.kind = event_table));
    newest := now() + interval '1 day';
END
$$;

COMMENT ON FUNCTION mytwip.event_window(text) IS
'Times that ingest takes for events of this table; with null, for those of none, such as a request to unsubscribe. Others are rejected: a wrong clock must not make partitions without end, nor an event past its retention one that was dropped.';
