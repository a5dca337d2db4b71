CREATE FUNCTION mytwip.export_user(user_id bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    answer  CONSTANT jsonb := mytwip.export_subject('user', user_id);
BEGIN
    PERFORM mytwip.log_right('export_user', '15, 20',
                (answer #>> '{controller,id}')::bigint, 'user', user_id);
    RETURN answer;
END
$$;

COMMENT ON FUNCTION mytwip.export_user(bigint) IS
'Everything held about a platform user, as export_reader.';
