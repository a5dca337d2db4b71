-- In a function with its owner's rights current_user is the owner, and
-- session_user is who logged in, also after SET ROLE. The setting role is
-- what SET ROLE made it, and takes no name that the session may not become.

CREATE FUNCTION mytwip.caller() RETURNS name
LANGUAGE sql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
    SELECT CASE current_setting('role') WHEN 'none' THEN session_user
           ELSE current_setting('role')::name END;
$$;

COMMENT ON FUNCTION mytwip.caller() IS
'Who asks, for functions with their owner''s rights: the role of SET ROLE, else the login.';
