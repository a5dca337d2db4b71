CREATE FUNCTION mytwip.machine_delay() RETURNS interval
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    RETURN coalesce(nullif(current_setting('mytwip.machine_delay', true), ''),
                    '10 s')::interval;
END
$$;

COMMENT ON FUNCTION mytwip.machine_delay() IS
'The setting mytwip.machine_delay, by ALTER DATABASE ... SET: how soon after its mail was sent no person can have opened it. 10 seconds if it is not set; raises 22007 if it is no interval.';
