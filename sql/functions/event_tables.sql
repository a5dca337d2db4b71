CREATE FUNCTION mytwip.event_tables() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT ARRAY['open', 'activity', 'login'];
END;

COMMENT ON FUNCTION mytwip.event_tables() IS
'The tables that are partitioned by day of their column at; the keys of the partitions are on NAME_template.';
