-- pg_partman sets the search_path of the session, past any SET clause of the
-- functions around it; behind a pooler that would reach other clients. So this
-- one has no SET clause: it sees the caller's path and puts it back. What it
-- calls is therefore written with its schema.

CREATE FUNCTION mytwip.maintain(days date[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    path  CONSTANT pg_catalog.text := pg_catalog.current_setting('search_path');
BEGIN
    PERFORM mytwip.see_withdrawals();

    -- one at a time; an advisory lock would be anybody's to hold
    LOCK TABLE mytwip.retention IN SHARE UPDATE EXCLUSIVE MODE;

    PERFORM mytwip.maintain_partitions(days);

    -- and not when ingest waits for a day
    IF pg_catalog.cardinality(days) OPERATOR(pg_catalog.=) 0 THEN
        PERFORM mytwip.count_domains();
        PERFORM mytwip.forget_traps();
    END IF;

    PERFORM pg_catalog.set_config('search_path', path, false);

    -- last, as these lock rows that ingest counts in
    IF pg_catalog.cardinality(days) OPERATOR(pg_catalog.=) 0 THEN
        PERFORM mytwip.unname_late();
        PERFORM mytwip.expire_rows();
        PERFORM mytwip.fold_activities();
        PERFORM mytwip.settle_opens();
        PERFORM mytwip.judge();
        PERFORM mytwip.forget_openers();
        PERFORM mytwip.publish_reports();
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.maintain(date[]) IS
'Makes the day partitions of the tables in event_tables: today, the next four and the given days (UTC), and drops those that mytwip.retention says are over. ingest calls it when a day is missing. Call it daily all the same, from cron: adding a partition waits for running queries on the table, and then no ingest has to. Who has a table open for more than a second is not waited for, as everybody else would wait behind: without days its partitions are left as they are, with a warning, until the next time, and for a day that is missing 55P03 is raised, and nginx tries again. Without days it also deletes what is past its retention elsewhere, settles counts (see expire_rows, fold_activities, settle_opens, forget_openers), judges opens again (judge) and publishes what is due of the veilleurs'' reports (publish_reports). Do not let pg_partman''s own background worker maintain the tables: it would cut the days in its own time zone.';
