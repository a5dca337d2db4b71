-- See correct_reader for the settings.

CREATE FUNCTION mytwip.correct_user(user_id bigint, name text DEFAULT NULL,
    email text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
SET log_min_error_statement = 'panic'
SET log_error_verbosity = 'terse'
AS $$
DECLARE
    account  CONSTANT bigint := mytwip.account_of('user', user_id);
BEGIN
    UPDATE mytwip.platform_user AS u
       SET name = coalesce(correct_user.name, u.name),
           email = CASE WHEN correct_user.email IS NULL THEN u.email
                        ELSE nullif(correct_user.email, '') END
     WHERE u.account_id = account AND u.id = user_id;

    PERFORM mytwip.log_right('correct_user', '16', account, 'user', user_id);
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'another user of account % has this address', account
            USING ERRCODE = 'unique_violation';
END
$$;

COMMENT ON FUNCTION mytwip.correct_user(bigint, text, text) IS
'Corrects the name or the address of a platform user, as correct_reader; an empty address is none.';
