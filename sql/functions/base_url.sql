CREATE FUNCTION mytwip.base_url() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    url  CONSTANT text := rtrim(current_setting('mytwip.base_url', true), '/');
BEGIN
    IF coalesce(url, '') = '' THEN
        RAISE EXCEPTION 'mytwip.base_url is not set'
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = format('ALTER DATABASE %I SET mytwip.base_url = ''https://...''; then reconnect.', current_database());
    END IF;

    IF url !~ '^https?://[^[:space:]<>"]+$' THEN
        RAISE EXCEPTION 'mytwip.base_url is not a URL: "%"', url
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Expected https://host or https://host/path.';
    END IF;

    RETURN url;
END
$$;

COMMENT ON FUNCTION mytwip.base_url() IS
'The setting mytwip.base_url, where nginx serves the links, without a slash at its end. Raises 55000 if it is not set, 22023 if it is not a URL.';
