-- The compare-and-set that makes ingestion exactly-once. Of two sessions on
-- one segment the second waits at the row (or, for a new segment, at its key)
-- until the first has committed, then finds the mark elsewhere.

CREATE FUNCTION mytwip.move_mark(segment uuid, from_position bigint,
    to_position bigint)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    number  bigint;
BEGIN
    UPDATE mytwip.journal AS j
       SET position = to_position, updated_at = now()
     WHERE j.segment = move_mark.segment AND j.position = from_position
    RETURNING j.number INTO number;

    IF number IS NULL AND from_position = 4096 THEN
        INSERT INTO mytwip.journal AS j (segment, position)
        VALUES (segment, to_position)
        ON CONFLICT DO NOTHING
        RETURNING j.number INTO number;
    END IF;

    RETURN number * 4294967296;
END
$$;

COMMENT ON FUNCTION mytwip.move_mark(uuid, bigint, bigint) IS
'Moves how far a segment is ingested, if it is at from_position. Returns what to add to a position for the id of an event; null, with nothing changed, if the mark is elsewhere.';
