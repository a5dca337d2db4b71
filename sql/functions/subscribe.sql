CREATE FUNCTION mytwip.subscribe(reader_id bigint, newsletter_id bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    PERFORM FROM mytwip.reader AS r
       JOIN mytwip.newsletter AS n USING (account_id)
      WHERE r.id = subscribe.reader_id AND n.id = subscribe.newsletter_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'no account has both reader % and newsletter %',
            reader_id, newsletter_id
            USING ERRCODE = 'no_data_found';
    END IF;

    INSERT INTO mytwip.subscription AS s (account_id, reader_id,
                                          newsletter_id)
    SELECT r.account_id, r.id, subscribe.newsletter_id
      FROM mytwip.reader AS r
     WHERE r.id = subscribe.reader_id
    ON CONFLICT ON CONSTRAINT subscription_pkey DO UPDATE
       SET status = 'subscribed', since = now()
     WHERE s.status <> 'subscribed';
END
$$;

COMMENT ON FUNCTION mytwip.subscribe(bigint, bigint) IS
'Subscribes a reader to a newsletter of the same account; does nothing if already subscribed. The consent in effect applies to the new subscription. Raises P0002 if no account has both.';
