-- pg_dump leaves out what is in the tables of an extension unless told. The
-- day partitions are no members of the extension: they are dumped as
-- ordinary tables. Loaded without CREATE EXTENSION, all tables are, and
-- opener_key has to be left out by --exclude-table-data. Tables that are not
-- logged are of the last seconds, and left out.

DO $$
DECLARE
    relation  regclass;
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'mytwip')
    THEN
        FOR relation IN
            SELECT oid FROM pg_catalog.pg_class
             WHERE relnamespace = 'mytwip'::regnamespace
               AND relkind IN ('r', 'S')
               AND relpersistence = 'p'
               AND relname NOT LIKE 'unnaming%'
               AND relname <> 'opener_key'
             ORDER BY oid
        LOOP
            PERFORM pg_catalog.pg_extension_config_dump(relation, '');
        END LOOP;
    END IF;
END
$$;
