CREATE FUNCTION mytwip.event_window(event_table text DEFAULT 'open',
    OUT oldest timestamptz, OUT newest timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT greatest(now() - interval '400 days',
                    now() - (SELECT r.keep FROM mytwip.retention AS r
                              WHERE r.kind = event_table)),
           now() + interval '1 day';
END;

COMMENT ON FUNCTION mytwip.event_window(text) IS
'Times that ingest takes for events of this table; with null, for those of none, such as a request to unsubscribe. Others are rejected: a wrong clock must not make partitions without end, nor an event past its retention one that was dropped.';
