CREATE FUNCTION mytwip.event_window(OUT oldest timestamptz,
    OUT newest timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT now() - interval '400 days', now() + interval '1 day';
END;

COMMENT ON FUNCTION mytwip.event_window() IS
'Times that ingest takes for possible. Others are rejected, so that a wrong clock cannot make partitions without end.';
