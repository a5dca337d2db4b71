CREATE FUNCTION mytwip.journal_positions(segments uuid[])
RETURNS TABLE (segment uuid, "position" bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
BEGIN ATOMIC
    SELECT j.segment, j.position
      FROM mytwip.journal AS j
     WHERE j.segment = ANY (segments);
END;

COMMENT ON FUNCTION mytwip.journal_positions(uuid[]) IS
'How far each of these journal segments is ingested, in bytes. Segments not seen before are left out: they are at 4096.';
