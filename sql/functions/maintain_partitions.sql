-- What maintain() does, under its search_path and in UTC: pg_partman takes
-- the bounds of a day from the session's time zone.

CREATE FUNCTION mytwip.maintain_partitions(days date[]) RETURNS void
LANGUAGE plpgsql
SET search_path = mytwip, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    partman  name;
    parent   text;
    known    boolean;
    keep     text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('mytwip.maintain', 0));

    SELECT n.nspname INTO STRICT partman
      FROM pg_extension AS e
      JOIN pg_namespace AS n ON n.oid = e.extnamespace
     WHERE e.extname = 'pg_partman';

    FOR parent IN
        SELECT 'mytwip.' || t FROM unnest(mytwip.event_tables()) AS t
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.part_config
                                        WHERE parent_table = $1)', partman)
           INTO known USING parent;

        IF known AND NOT EXISTS (SELECT FROM pg_inherits
                                  WHERE inhparent = parent::regclass)
        THEN
            -- left behind by an earlier DROP EXTENSION mytwip
            EXECUTE format('DELETE FROM %I.part_config
                             WHERE parent_table = $1', partman)
              USING parent;
            known := false;
        END IF;

        IF NOT known THEN
            EXECUTE format('SELECT %I.create_parent($1, ''at'', ''native'',
                                ''daily'', p_premake => 4,
                                p_jobmon => false,
                                p_automatic_maintenance => ''off'',
                                p_template_table => $1 || ''_template'')',
                           partman)
              USING parent;
        END IF;

        keep := (SELECT r.keep::text FROM mytwip.retention AS r
                  WHERE 'mytwip.' || r.kind = parent);

        -- days are made whether or not there were events on the last ones
        EXECUTE format('UPDATE %I.part_config
                           SET infinite_time_partitions = true,
                               retention = $2, retention_keep_table = false,
                               retention_keep_index = false
                         WHERE parent_table = $1', partman)
          USING parent, keep;

        IF known THEN
            EXECUTE format('SELECT %I.run_maintenance($1, false, false)',
                           partman)
              USING parent;
        END IF;

        EXECUTE format('SELECT %I.create_partition_time($1, $2, false)',
                       partman)
          USING parent, ARRAY(SELECT day::timestamptz FROM unnest(days) AS day
                               WHERE (day + 1)::timestamptz
                                     > (mytwip.event_window(
                                            substr(parent, 8))).oldest);
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.maintain_partitions(date[]) IS
'What maintain does; call that one.';
