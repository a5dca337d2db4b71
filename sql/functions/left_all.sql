CREATE FUNCTION mytwip.left_all(account_id bigint, reader_id bigint,
    OUT at timestamptz, OUT id bigint, OUT undone_at timestamptz)
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    next  mytwip.unsubscription;
BEGIN
    SELECT u.at, u.id INTO at, id
      FROM mytwip.unsubscription AS u
     WHERE u.account_id = left_all.account_id
       AND u.reader_id = left_all.reader_id
       AND u.action = 'unsubscribe_all'
     ORDER BY u.at DESC, u.id DESC
     LIMIT 1;

    IF FOUND THEN
        next := mytwip.request_after(account_id, reader_id, at, id);

        IF next.action = 'undo' THEN
            undone_at := next.at;
        END IF;
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.left_all(bigint, bigint) IS
'The reader''s last unsubscribe_all and when it was undone: an undo does so if it is what the reader said next. Nulls without one.';
