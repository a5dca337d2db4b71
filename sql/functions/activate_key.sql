CREATE FUNCTION mytwip.activate_key(id integer) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    UPDATE mytwip.signing_key AS k
       SET active_from = clock_timestamp()
     WHERE k.id = activate_key.id
       AND k.compromised_at IS NULL;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no signing key %', id
            USING ERRCODE = 'no_data_found',
                  DETAIL = 'Or others have it, too.';
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.activate_key(integer) IS
'From now on this key signs, also when it did before and another has since. Raises P0002 if there is none with this id, or if it is compromised.';
