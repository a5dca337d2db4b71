-- hmac() and gen_random_bytes() are bound at creation, as in token().

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


CREATE FUNCTION mytwip.make_salt(account_id bigint) RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO mytwip.suppression_salt (account_id, salt)
    VALUES (account_id, gen_random_bytes(32))
    ON CONFLICT DO NOTHING;
END;

COMMENT ON FUNCTION mytwip.make_salt(bigint) IS
'Gives an account its suppression_salt, if it has none: part of suppress_address.';


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


CREATE FUNCTION mytwip.take_address() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    IF mytwip.is_suppressed(NEW.account_id, NEW.id) THEN
        UPDATE mytwip.subscription AS s
           SET status = 'unsubscribed'
         WHERE s.account_id = NEW.account_id
           AND s.reader_id = NEW.id
           AND s.status = 'subscribed';
    END IF;

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION mytwip.take_address() IS
'Trigger of reader: with an address of suppression, nothing is mailed any more.';

CREATE TRIGGER reader_take_address
    AFTER UPDATE OF email ON mytwip.reader
    FOR EACH ROW WHEN (lower(NEW.email) <> lower(OLD.email))
    EXECUTE FUNCTION mytwip.take_address();
