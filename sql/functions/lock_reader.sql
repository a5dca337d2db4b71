CREATE FUNCTION mytwip.lock_reader(reader_id bigint, newsletter_id bigint)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    account  bigint;
BEGIN
    SELECT r.account_id INTO account
      FROM mytwip.reader AS r
      JOIN mytwip.newsletter AS n USING (account_id)
     WHERE r.id = lock_reader.reader_id AND n.id = lock_reader.newsletter_id
       FOR NO KEY UPDATE OF r;

    IF account IS NULL THEN
        RAISE EXCEPTION 'no account has both reader % and newsletter %',
            reader_id, newsletter_id
            USING ERRCODE = 'no_data_found';
    END IF;

    RETURN account;
END
$$;

COMMENT ON FUNCTION mytwip.lock_reader(bigint, bigint) IS
'Locks a reader against other changes of their consents and subscriptions, and returns the account. Raises P0002 if no account has both reader and newsletter.';
