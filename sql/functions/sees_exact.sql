CREATE FUNCTION mytwip.sees_exact() RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
    SELECT pg_has_role(mytwip.caller(), n.nspowner, 'USAGE')
      FROM pg_namespace AS n
     WHERE n.nspname = 'mytwip';
$$;

COMMENT ON FUNCTION mytwip.sees_exact() IS
'Whether the caller has the rights of who owns the schema, and could read the tables as well.';
