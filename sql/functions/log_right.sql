CREATE FUNCTION mytwip.log_right(done text, article text,
    account_id bigint DEFAULT 0, subject_kind text DEFAULT NULL,
    subject_id bigint DEFAULT NULL, receipt uuid DEFAULT NULL)
RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO mytwip.dpo_log (account_id, done, article, subject_kind,
                                subject_id, receipt)
    VALUES (account_id, done, article, subject_kind, subject_id, receipt);
END;

COMMENT ON FUNCTION mytwip.log_right(text, text, bigint, text, bigint, uuid) IS
'Appends to dpo_log: what each function of mytwip_dpo does.';


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
