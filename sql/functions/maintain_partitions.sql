-- What maintain() does, under its search_path and in UTC: pg_partman takes
-- the bounds of a day from the session's time zone.
--
-- To drop a day its table is locked against everybody, to make one the default
-- partition is. Whoever reads holds it up, and a transaction that was left open
-- in a report would hold up all ingests behind it, for as long as it likes.
--
-- pg_partman does nothing, and says nothing, while somebody holds its advisory
-- locks, which any login can: they are taken here first.

CREATE FUNCTION mytwip.maintain_partitions(days date[]) RETURNS void
LANGUAGE plpgsql
SET search_path = mytwip, pg_temp
SET timezone = 'UTC'
SET lock_timeout = '1s'
AS $$
DECLARE
    partman  name;
    parent   text;
    known    boolean;
    keep     interval;
BEGIN
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

        keep := (SELECT r.keep FROM mytwip.retention AS r
                  WHERE 'mytwip.' || r.kind = parent);

        BEGIN
            IF known THEN
                PERFORM mytwip.lock_partitions(parent, keep, days);
            END IF;
        EXCEPTION
            WHEN lock_not_available THEN
                IF cardinality(days) > 0 THEN
                    RAISE;
                END IF;

                RAISE WARNING 'partitions of % are left as they are: %',
                    parent, SQLERRM
                    USING HINT = 'pg_stat_activity and pg_locks tell which session has it open.';
                CONTINUE;
        END;

        IF NOT known THEN
            EXECUTE format('SELECT %I.create_parent($1, ''at'', ''native'',
                                ''daily'', p_premake => 4,
                                p_jobmon => false,
                                p_automatic_maintenance => ''off'',
                                p_template_table => $1 || ''_template'')',
                           partman)
              USING parent;
        END IF;

        -- days are made whether or not there were events on the last ones
        EXECUTE format('UPDATE %I.part_config
                           SET infinite_time_partitions = true,
                               retention = $2, retention_keep_table = false,
                               retention_keep_index = false
                         WHERE parent_table = $1', partman)
          USING parent, keep::text;

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


-- What pg_partman is about to lock, and no more.

CREATE FUNCTION mytwip.lock_partitions(parent text, keep interval,
    days date[])
RETURNS void
LANGUAGE plpgsql
SET search_path = mytwip, pg_temp
AS $$
DECLARE
    past  boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('pg_partman run_maintenance')),
            pg_advisory_xact_lock(hashtext('pg_partman drop_partition_time'));

    SELECT bool_or(to_date(right(c.relname, 10), 'YYYY_MM_DD')::timestamptz
                   < now() - keep - interval '1 day')
      INTO past
      FROM pg_inherits AS i
      JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE i.inhparent = parent::regclass
       AND c.relname ~ '_p\d{4}_\d\d_\d\d$';

    IF past THEN
        EXECUTE format('LOCK TABLE ONLY %s IN ACCESS EXCLUSIVE MODE', parent);
    END IF;

    IF cardinality(days) > 0
       OR to_regclass(parent || to_char(now() + interval '4 days',
                                        '"_p"YYYY_MM_DD')) IS NULL
    THEN
        EXECUTE format('LOCK TABLE %s_default IN ACCESS EXCLUSIVE MODE',
                       parent);
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.lock_partitions(text, interval, date[]) IS
'Locks what making and dropping days of this table needs, or raises 55P03 after lock_timeout: part of maintain_partitions, which sets that, and UTC.';
