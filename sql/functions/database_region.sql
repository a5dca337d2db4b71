-- As k in views/smallest_group.sql: not what a session says of itself.

CREATE FUNCTION mytwip.database_region() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    region  CONSTANT text := (
        SELECT split_part(setting, '=', 2)
          FROM pg_db_role_setting, unnest(setconfig) AS setting
         WHERE setrole = 0
           AND setdatabase IN (0, (SELECT oid FROM pg_database
                                    WHERE datname = current_database()))
           AND lower(split_part(setting, '=', 1)) = 'mytwip.region'
         ORDER BY setdatabase DESC
         LIMIT 1);
BEGIN
    IF coalesce(region, '') = '' THEN
        RETURN NULL;
    END IF;

    IF region NOT IN ('FR', 'DE') THEN
        RAISE EXCEPTION 'mytwip.region is no region: "%"', region
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Expected FR or DE.';
    END IF;

    RETURN region;
END
$$;

COMMENT ON FUNCTION mytwip.database_region() IS
'The region whose data this database holds: what ALTER DATABASE ... SET mytwip.region says (else ALTER ROLE ALL SET); null: of all. A session cannot change it. Raises 22023 if it is not FR or DE.';
