CREATE FUNCTION mytwip.account_of(subject_kind text, subject_id bigint)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    account  bigint;
BEGIN
    IF subject_kind = 'reader' THEN
        SELECT r.account_id INTO account FROM mytwip.reader AS r
         WHERE r.id = subject_id
           FOR NO KEY UPDATE;
    ELSE
        SELECT u.account_id INTO account FROM mytwip.platform_user AS u
         WHERE u.id = subject_id
           FOR NO KEY UPDATE;
    END IF;

    IF account IS NULL THEN
        RAISE EXCEPTION 'there is no % %',
            CASE subject_kind WHEN 'reader' THEN 'reader'
                              ELSE 'platform user' END, subject_id
            USING ERRCODE = 'no_data_found';
    END IF;

    RETURN account;
END
$$;

COMMENT ON FUNCTION mytwip.account_of(text, bigint) IS
'Locks a reader or user against other changes, and returns the account. Raises P0002 if there is none.';
