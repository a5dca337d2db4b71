CREATE FUNCTION mytwip.new_key(activate boolean DEFAULT false) RETURNS integer
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO mytwip.signing_key (id, secret, active_from)
    SELECT coalesce(max(id), 0) + 1, gen_random_bytes(32),
           CASE WHEN activate THEN clock_timestamp() END
      FROM mytwip.signing_key
    RETURNING id;
END;

COMMENT ON FUNCTION mytwip.new_key(boolean) IS
'Makes a signing key and returns its id. It signs nothing before it is activated, as nginx must know it first: put key_file into nginx, reload, then call activate_key. Activate at once only where no nginx serves yet.';
