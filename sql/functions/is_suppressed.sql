CREATE FUNCTION mytwip.is_suppressed(account_id bigint, reader_id bigint)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    RETURN EXISTS (SELECT FROM mytwip.reader AS r
                     JOIN mytwip.suppression AS s
                          ON s.account_id = r.account_id
                          AND s.digest = mytwip.address_digest(r.account_id,
                                                               r.email)
                    WHERE r.account_id = is_suppressed.account_id
                      AND r.id = is_suppressed.reader_id);
END
$$;

COMMENT ON FUNCTION mytwip.is_suppressed(bigint, bigint) IS
'Whether the address of this reader is one in suppression. Volatile, as has_consent.';
