-- hmac() is bound at creation, as in token().

CREATE FUNCTION mytwip.address_digest(account_id bigint, email text)
RETURNS bytea
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT hmac(convert_to(lower(email), 'UTF8'), s.salt, 'sha256')
      FROM mytwip.suppression_salt AS s
     WHERE s.account_id = address_digest.account_id;
END;

COMMENT ON FUNCTION mytwip.address_digest(bigint, text) IS
'What suppression has of an address; null in an account that has erased nobody.';
