CREATE FUNCTION mytwip.record_consent(reader_id bigint, purpose text,
    granted boolean, method text, wording text)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    entry  bigint;
BEGIN
    INSERT INTO mytwip.consent AS c (account_id, reader_id, purpose, granted,
                                     method, wording)
    SELECT r.account_id, r.id, record_consent.purpose, record_consent.granted,
           record_consent.method, record_consent.wording
      FROM mytwip.reader AS r
     WHERE r.id = record_consent.reader_id
    RETURNING c.id INTO entry;

    IF entry IS NULL THEN
        RAISE EXCEPTION 'there is no reader %', reader_id
            USING ERRCODE = 'no_data_found';
    END IF;

    RETURN entry;
END
$$;

COMMENT ON FUNCTION mytwip.record_consent(bigint, text, boolean, text, text) IS
'What give_consent and withdraw_consent do; call those.';
