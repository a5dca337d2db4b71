CREATE FUNCTION mytwip.mint_token(kind integer, issue_id bigint,
    reader_id bigint)
RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    key  record;
BEGIN
    SELECT k.id, k.secret INTO key
      FROM mytwip.signing_key AS k
     WHERE k.active_from IS NOT NULL
       AND k.compromised_at IS NULL
     ORDER BY k.active_from DESC, k.id DESC
     LIMIT 1;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no active signing key'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'SELECT mytwip.new_key(), give nginx the output of mytwip.key_file(), then SELECT mytwip.activate_key(id).';
    END IF;

    RETURN mytwip.token(kind, key.id, key.secret, issue_id, reader_id);
END
$$;

COMMENT ON FUNCTION mytwip.mint_token(integer, bigint, bigint) IS
'A token of this kind (see token) signed with the key activated last. Raises 55000 without an active key.';
