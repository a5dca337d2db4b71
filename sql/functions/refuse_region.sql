-- ALWAYS: also for what a subscription of logical replication brings, which
-- would be the quiet way of data into another country. A partial restore of
-- a dump is refused in the same way.

CREATE FUNCTION mytwip.refuse_region() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    region  CONSTANT text := mytwip.database_region();
BEGIN
    IF NEW.region <> region THEN
        RAISE EXCEPTION 'account % is of region %, this database is of %',
            NEW.id, NEW.region, region
            USING ERRCODE = 'check_violation',
                  HINT = format('Create it in the database of region %s.',
                                NEW.region);
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION mytwip.refuse_region() IS
'Trigger of account: refuses with 23514 an account of another region than that of the database, so that nothing of it can lie there: readers, users, newsletters and issues refer to it, and what has no foreign key (events, counts, logs) is written only of those.';

CREATE TRIGGER account_region
    BEFORE INSERT OR UPDATE ON mytwip.account
    FOR EACH ROW EXECUTE FUNCTION mytwip.refuse_region();

ALTER TABLE mytwip.account ENABLE ALWAYS TRIGGER account_region;
