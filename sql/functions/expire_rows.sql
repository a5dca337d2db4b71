-- What lies in partitions goes with them; this is the rest. So many at a time
-- that a first run on an old database is no long transaction.

CREATE FUNCTION mytwip.expire_rows() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    most  CONSTANT integer := 100000;
BEGIN
    DELETE FROM mytwip.rejected AS t
     WHERE t.ctid IN (SELECT x.ctid FROM mytwip.rejected AS x
                        JOIN mytwip.retention AS r ON r.kind = 'rejected'
                       WHERE x.received_at < now() - r.keep
                       LIMIT most);

    DELETE FROM mytwip.dpo_log AS t
     WHERE t.ctid IN (SELECT x.ctid FROM mytwip.dpo_log AS x
                        JOIN mytwip.retention AS r ON r.kind = 'dpo_log'
                       WHERE x.at < now() - r.keep
                       LIMIT most);

    DELETE FROM mytwip.privacy_request AS t
     WHERE t.ctid IN (SELECT x.ctid FROM mytwip.privacy_request AS x
                        JOIN mytwip.retention AS r
                             ON r.kind = 'privacy_request'
                       WHERE x.closed_at < now() - r.keep
                       LIMIT most);

    -- as many as fold_activities: names may have been invented
    DELETE FROM mytwip.activity_daily AS t
     WHERE t.ctid IN (SELECT x.ctid FROM mytwip.activity_daily AS x
                        JOIN mytwip.retention AS r
                             ON r.kind = 'activity_daily'
                       WHERE x.day < ((now() - r.keep)
                                      AT TIME ZONE 'UTC')::date
                       LIMIT 10 * most
                         FOR UPDATE OF x SKIP LOCKED);
END
$$;

COMMENT ON FUNCTION mytwip.expire_rows() IS
'Deletes what mytwip.retention says of tables without partitions, up to 100,000 rows of each, of activity_daily ten times as many: part of maintain.';
