CREATE FUNCTION mytwip.suppress_address(account_id bigint, email text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    PERFORM mytwip.make_salt(account_id);

    INSERT INTO mytwip.suppression (account_id, digest)
    VALUES (account_id, mytwip.address_digest(account_id, email))
    ON CONFLICT DO NOTHING;
END
$$;

COMMENT ON FUNCTION mytwip.suppress_address(bigint, text) IS
'Notes that no import of this account may have this address mailed, without noting the address: part of erase_reader. Also for who objects without having been a reader (GDPR art. 21(3)).';
