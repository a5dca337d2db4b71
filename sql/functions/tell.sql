-- Every login can fill the queue of notifications: what is notified stays there
-- while one session that listens leaves a transaction open. When it is full,
-- COMMIT fails, and with it what readers have asked for. So the second half of
-- the queue is not used: whoever listens is not listening, and the tables say
-- the same.

CREATE FUNCTION mytwip.tell(channel text, payload text,
    most double precision DEFAULT 0.5)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    IF pg_notification_queue_usage() < most THEN
        PERFORM pg_notify(channel, payload);
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.tell(text, text, double precision) IS
'NOTIFY, unless the queue of notifications is filled to more than most of it: then nobody is told, as a full queue would let no transaction commit that tells something.';
