CREATE FUNCTION mytwip.record_consent(reader_id bigint, purpose text,
    granted boolean, method text, wording text, newsletter_id bigint)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    entry  bigint;
BEGIN
    INSERT INTO mytwip.consent AS c (account_id, reader_id, newsletter_id,
                                     purpose, granted, method, wording)
    SELECT r.account_id, r.id, n.id, record_consent.purpose,
           record_consent.granted, record_consent.method,
           record_consent.wording
      FROM mytwip.reader AS r
      LEFT JOIN mytwip.newsletter AS n
           ON n.account_id = r.account_id
           AND n.id = record_consent.newsletter_id
     WHERE r.id = record_consent.reader_id
       AND n.id IS NOT DISTINCT FROM record_consent.newsletter_id
    RETURNING c.id INTO entry;

    IF entry IS NULL AND newsletter_id IS NULL THEN
        RAISE EXCEPTION 'there is no reader %', reader_id
            USING ERRCODE = 'no_data_found';
    ELSIF entry IS NULL THEN
        RAISE EXCEPTION 'no account has both reader % and newsletter %',
            reader_id, newsletter_id
            USING ERRCODE = 'no_data_found';
    END IF;

    RETURN entry;
END
$$;

COMMENT ON FUNCTION mytwip.record_consent(bigint, text, boolean, text, text,
    bigint) IS
'What give_consent and withdraw_consent do; call those.';
