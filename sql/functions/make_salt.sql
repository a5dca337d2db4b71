-- As for hmac() in address_digest.

CREATE FUNCTION mytwip.make_salt(account_id bigint) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO mytwip.suppression_salt (account_id, salt)
    VALUES (account_id, gen_random_bytes(32))
    ON CONFLICT DO NOTHING;
END;

COMMENT ON FUNCTION mytwip.make_salt(bigint) IS
'Gives an account its suppression_salt, if it has none: part of suppress_address.';
