CREATE FUNCTION mytwip.request_after(account_id bigint, reader_id bigint,
    at timestamptz, id bigint)
RETURNS mytwip.unsubscription
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    request  mytwip.unsubscription;
BEGIN
    SELECT * INTO request
      FROM mytwip.unsubscription AS u
     WHERE u.account_id = request_after.account_id
       AND u.reader_id = request_after.reader_id
       AND (u.at, u.id) > (request_after.at, request_after.id)
       AND u.event_id IS NOT NULL
     ORDER BY u.at, u.id
     LIMIT 1;

    RETURN request;
END
$$;

COMMENT ON FUNCTION mytwip.request_after(bigint, bigint, timestamptz, bigint) IS
'What the reader said next after this, to nginx, by the times of the events; nulls if nothing. Volatile, as has_consent.';
