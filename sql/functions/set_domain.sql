-- The domain of a reader's address, as a hash, where ingest has it at hand.

CREATE FUNCTION mytwip.domain(email text) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT hashtext(lower(substring(email FROM '@([^@]+)$')));
END;

COMMENT ON FUNCTION mytwip.domain(text) IS
'Hash of the domain of an address; null if it has none.';

CREATE FUNCTION mytwip.set_domain() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    NEW.domain := (SELECT mytwip.domain(r.email) FROM mytwip.reader AS r
                    WHERE r.account_id = NEW.account_id
                      AND r.id = NEW.reader_id);
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION mytwip.set_domain() IS
'Trigger of subscription: domain is that of the reader, whatever was written.';

CREATE TRIGGER subscription_set_domain
    BEFORE INSERT OR UPDATE OF domain ON mytwip.subscription
    FOR EACH ROW EXECUTE FUNCTION mytwip.set_domain();


CREATE FUNCTION mytwip.move_domain() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    UPDATE mytwip.subscription AS s
       SET domain = NULL                        -- the trigger above decides
     WHERE s.account_id = NEW.account_id AND s.reader_id = NEW.id;
    RETURN NULL;
END
$$;

COMMENT ON FUNCTION mytwip.move_domain() IS
'Trigger of reader: a corrected address is the address of its subscriptions.';

CREATE TRIGGER reader_move_domain
    AFTER UPDATE OF email ON mytwip.reader
    FOR EACH ROW
    WHEN (mytwip.domain(NEW.email) IS DISTINCT FROM mytwip.domain(OLD.email))
    EXECUTE FUNCTION mytwip.move_domain();
