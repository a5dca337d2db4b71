-- From mytwip.retention where there is that table, else from pg_partman, which
-- may be in any schema.

CREATE FUNCTION mytwip.open_days() RETURNS integer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    partman  name;
    keep     interval;
BEGIN
    IF to_regclass('mytwip.retention') IS NOT NULL THEN
        EXECUTE 'SELECT r.keep FROM mytwip.retention AS r
                  WHERE r.kind = ''open''' INTO keep;
    ELSE
        SELECT n.nspname INTO STRICT partman
          FROM pg_extension AS e
          JOIN pg_namespace AS n ON n.oid = e.extnamespace
         WHERE e.extname = 'pg_partman';

        EXECUTE format('SELECT retention::interval FROM %I.part_config
                         WHERE parent_table = ''mytwip.open''
                           AND NOT retention_keep_table', partman) INTO keep;
    END IF;

    RETURN ceil(extract(epoch FROM keep) / 86400);
END
$$;

COMMENT ON FUNCTION mytwip.open_days() IS
'For how many days an open is kept, as is configured now; null: no end is set.';
