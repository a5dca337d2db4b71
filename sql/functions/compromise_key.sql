CREATE FUNCTION mytwip.compromise_key(id integer) RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    UPDATE mytwip.signing_key AS k
       SET compromised_at = coalesce(k.compromised_at, clock_timestamp())
     WHERE k.id = compromise_key.id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no signing key %', id
            USING ERRCODE = 'no_data_found';
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.compromise_key(integer) IS
'Says that others have this key: from now on it signs nothing, and once nginx has the output of key_file, its links unsubscribe and do nothing else. Cannot be taken back. Activate another key first, or mint_token raises 55000. Raises P0002 if there is none with this id.';
