CREATE FUNCTION mytwip.open_days() RETURNS integer
LANGUAGE sql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
BEGIN ATOMIC
    SELECT ceil(extract(epoch FROM r.keep) / 86400)::integer
      FROM mytwip.retention AS r
     WHERE r.kind = 'open';
END;

COMMENT ON FUNCTION mytwip.open_days() IS
'For how many days an open is kept, as mytwip.retention says now; null: no end is set.';
