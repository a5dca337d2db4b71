-- Of every batch, and of maintain(). A withdrawal that is seen before this
-- transaction has a number was committed before: whoever read the consent
-- earlier, and may still be running, has a lower one, as ingest takes its
-- number before it reads. (An xmax of a snapshot would not do: it is no upper
-- bound of what runs.)

CREATE FUNCTION mytwip.see_withdrawals() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    IF pg_current_xact_id_if_assigned() IS NULL
       AND EXISTS (SELECT FROM mytwip.unnaming AS u WHERE u.horizon IS NULL)
    THEN
        UPDATE mytwip.unnaming AS u
           SET horizon = pg_current_xact_id()
         WHERE (u.account_id, u.id) IN (SELECT n.account_id, n.id
                                          FROM mytwip.unnaming AS n
                                         WHERE n.horizon IS NULL
                                         LIMIT 1000
                                           FOR UPDATE SKIP LOCKED);
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.see_withdrawals() IS
'Notes from which transaction on everybody knows of the withdrawals in unnaming: the first thing that ingest and maintain do.';
