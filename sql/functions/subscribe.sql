CREATE FUNCTION mytwip.subscribe(reader_id bigint, newsletter_id bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    account   CONSTANT bigint := mytwip.lock_reader(reader_id, newsletter_id);
    all_left  CONSTANT record := mytwip.left_all(account, reader_id);
BEGIN
    INSERT INTO mytwip.subscription AS s (account_id, reader_id,
                                          newsletter_id, since)
    VALUES (account, reader_id, newsletter_id, clock_timestamp())
    ON CONFLICT ON CONSTRAINT subscription_pkey DO NOTHING;

    -- the new row too, of a reader who has unsubscribed from all or whose
    -- address is in suppression
    UPDATE mytwip.subscription AS s
       SET own_status = 'subscribed',
           own_since = greatest(date_trunc('milliseconds', clock_timestamp()),
                                s.own_since,
                                all_left.at + interval '1 microsecond')
     WHERE s.account_id = account
       AND s.reader_id = subscribe.reader_id
       AND s.newsletter_id = subscribe.newsletter_id
       AND s.status <> 'subscribed';
END
$$;

COMMENT ON FUNCTION mytwip.subscribe(bigint, bigint) IS
'Subscribes a reader to a newsletter of the same account, also one who had unsubscribed: call it only for who asks for it, and let imports insert into subscription. Does nothing if already subscribed; a request to unsubscribe that was made before and is still on its way then ends the subscription. The consent in effect applies to the new subscription; one that unsubscribing has withdrawn has to be given again. Raises P0002 if no account has both.';
