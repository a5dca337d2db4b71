-- The erasure of the reader, who is taken out by the foreign key, is an answer
-- to all that was open.

CREATE FUNCTION mytwip.close_privacy_request() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    IF OLD.reader_id IS NOT NULL AND NEW.reader_id IS NULL
       AND NEW.state = 'open'
    THEN
        NEW.state := 'done';
    END IF;

    NEW.closed_at := CASE WHEN NEW.state <> 'open'
                          THEN coalesce(NEW.closed_at, clock_timestamp()) END;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION mytwip.close_privacy_request() IS
'Trigger of privacy_request: closed_at goes with the state, and what was open when its reader was erased is done.';

CREATE TRIGGER privacy_request_close
    BEFORE UPDATE OF state, reader_id ON mytwip.privacy_request
    FOR EACH ROW EXECUTE FUNCTION mytwip.close_privacy_request();
