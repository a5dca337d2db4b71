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
