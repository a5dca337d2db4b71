CREATE FUNCTION mytwip.may_name(account_id bigint, reader_id bigint,
    newsletter_id bigint)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    RETURN mytwip.has_consent(account_id, reader_id, 'open_tracking',
                              newsletter_id)
           AND NOT EXISTS (SELECT FROM mytwip.reader AS r
                            WHERE r.account_id = may_name.account_id
                              AND r.id = may_name.reader_id
                              AND r.restricted_since IS NOT NULL);
END
$$;

COMMENT ON FUNCTION mytwip.may_name(bigint, bigint, bigint) IS
'Whether opens of this newsletter may be stored with the reader from now on: with a consent (ePrivacy art. 5(3)) and without a restriction (GDPR art. 18). Volatile, as has_consent.';
