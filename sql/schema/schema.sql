-- The schema itself, and what it needs of pg_partman.

COMMENT ON SCHEMA mytwip IS
'Newsletters, their readers, what the readers agreed to, the opens that nginx sends, and what users do on the platform. Everything here is reached through roles: PUBLIC has no right.';

DO $$
DECLARE
    version CONSTANT text := (SELECT extversion FROM pg_catalog.pg_extension
                               WHERE extname = 'pg_partman');
BEGIN
    IF split_part(version, '.', 1) IS DISTINCT FROM '4' THEN
        RAISE EXCEPTION 'mytwip needs pg_partman 4, found %',
            coalesce(version, 'none')
            USING ERRCODE = 'feature_not_supported',
                  HINT = 'Install the Debian package postgresql-15-partman.';
    END IF;
END
$$;

-- A character of an activity that the database could not hold would stop the
-- whole batch before ingest sees it.

DO $$
BEGIN
    IF pg_catalog.current_setting('server_encoding') <> 'UTF8' THEN
        RAISE EXCEPTION 'mytwip needs a database of encoding UTF8, found %',
            pg_catalog.current_setting('server_encoding')
            USING ERRCODE = 'feature_not_supported',
                  HINT = 'CREATE DATABASE ... ENCODING ''UTF8'' TEMPLATE template0.';
    END IF;
END
$$;
