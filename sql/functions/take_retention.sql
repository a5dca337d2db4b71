CREATE FUNCTION mytwip.take_retention() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    UPDATE mytwip.retention AS r
       SET keep = NEW.keep, why = NEW.why
     WHERE r.kind = NEW.kind;

    RETURN CASE WHEN FOUND THEN NULL ELSE NEW END;
END
$$;

COMMENT ON FUNCTION mytwip.take_retention() IS
'Trigger of retention: a kind that is there is changed by an INSERT, so that a dump can be restored over what CREATE EXTENSION has made.';

CREATE TRIGGER retention_take
    BEFORE INSERT ON mytwip.retention
    FOR EACH ROW EXECUTE FUNCTION mytwip.take_retention();
