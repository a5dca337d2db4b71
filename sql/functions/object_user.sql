CREATE FUNCTION mytwip.object_user(user_id bigint, "on" boolean DEFAULT true)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    account  CONSTANT bigint := mytwip.account_of('user', user_id);
BEGIN
    UPDATE mytwip.platform_user AS u
       SET objected_since = CASE WHEN "on" THEN coalesce(u.objected_since,
                                                         now()) END
     WHERE u.account_id = account AND u.id = user_id;

    IF "on" THEN
        PERFORM mytwip.unname_activities(account, user_id);
    END IF;

    PERFORM mytwip.log_right('object_user '
                             || CASE WHEN "on" THEN 'on' ELSE 'off' END,
                             '21', account, 'user', user_id);
END
$$;

COMMENT ON FUNCTION mytwip.object_user(bigint, boolean) IS
'A platform user objects to statistics, or takes that back (GDPR art. 21(1)): activities are stored without the user and without the account from now on, and those stored before lose them. Logins are noted for security all the same (art. 6(1)(f), 32). Recorded in dpo_log. Raises P0002 if there is no such user.';
