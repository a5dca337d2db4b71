-- Old mail would tell on whoever had such a number next.

CREATE FUNCTION mytwip.refuse_erased_id() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    IF TG_TABLE_NAME = 'reader'
       AND EXISTS (SELECT FROM mytwip.erased_reader AS e
                    WHERE e.reader_id = NEW.id)
       OR TG_TABLE_NAME = 'platform_user'
       AND EXISTS (SELECT FROM mytwip.erased_user AS e
                    WHERE e.user_id = NEW.id)
    THEN
        RAISE EXCEPTION '% % was erased', TG_TABLE_NAME, NEW.id
            USING ERRCODE = 'unique_violation',
                  HINT = 'Ids are never used again: let the database choose a new one.';
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION mytwip.refuse_erased_id() IS
'Trigger of reader and platform_user: refuses the id of one who was erased with 23505.';

CREATE TRIGGER reader_refuse_erased_id
    BEFORE INSERT OR UPDATE OF id ON mytwip.reader
    FOR EACH ROW EXECUTE FUNCTION mytwip.refuse_erased_id();

CREATE TRIGGER platform_user_refuse_erased_id
    BEFORE INSERT OR UPDATE OF id ON mytwip.platform_user
    FOR EACH ROW EXECUTE FUNCTION mytwip.refuse_erased_id();
