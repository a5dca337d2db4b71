-- Not in SQL, which is planned again for each issue of a report.

CREATE FUNCTION mytwip.sees_exact() RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    RETURN (SELECT pg_has_role(mytwip.caller(), n.nspowner, 'USAGE')
              FROM pg_namespace AS n
             WHERE n.nspname = 'mytwip');
END
$$;

COMMENT ON FUNCTION mytwip.sees_exact() IS
'Whether the caller has the rights of who owns the schema, and could read the tables as well.';
