CREATE FUNCTION mytwip.has_consent(account_id bigint, reader_id bigint,
    purpose text, newsletter_id bigint)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    RETURN coalesce((SELECT c.granted
                       FROM mytwip.consent AS c
                      WHERE c.account_id = has_consent.account_id
                        AND c.reader_id = has_consent.reader_id
                        AND c.purpose = has_consent.purpose
                        AND (c.newsletter_id = has_consent.newsletter_id
                             OR c.newsletter_id IS NULL)
                      ORDER BY c.at DESC, c.id DESC
                      LIMIT 1), false);
END
$$;

COMMENT ON FUNCTION mytwip.has_consent(bigint, bigint, text, bigint) IS
'Whether the latest entry of the ledger for this reader, purpose and newsletter, or all newsletters, is a consent; false without any (GDPR art. 25(2)). Volatile, to see what was committed while its caller waited.';
