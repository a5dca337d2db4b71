-- pg_partman may be in any schema, which a view cannot say.

CREATE FUNCTION mytwip.partman_retention(event_table text) RETURNS interval
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    partman  name;
    keep     text;
BEGIN
    SELECT n.nspname INTO STRICT partman
      FROM pg_extension AS e
      JOIN pg_namespace AS n ON n.oid = e.extnamespace
     WHERE e.extname = 'pg_partman';

    EXECUTE format('SELECT retention FROM %I.part_config
                     WHERE parent_table = $1
                       AND NOT retention_keep_table', partman)
       INTO keep USING 'mytwip.' || event_table;

    RETURN keep::interval;
END
$$;

COMMENT ON FUNCTION mytwip.partman_retention(text) IS
'After how long pg_partman really drops the partitions of this table; null: never.';
