CREATE FUNCTION mytwip.restrict_user(user_id bigint, "on" boolean)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    account  CONSTANT bigint := mytwip.account_of('user', user_id);
BEGIN
    UPDATE mytwip.platform_user AS u
       SET restricted_since = CASE WHEN "on" THEN coalesce(u.restricted_since,
                                                           now()) END
     WHERE u.account_id = account AND u.id = user_id;

    PERFORM mytwip.log_right('restrict_user '
                             || CASE WHEN "on" THEN 'on' ELSE 'off' END,
                             '18', account, 'user', user_id);
END
$$;

COMMENT ON FUNCTION mytwip.restrict_user(bigint, boolean) IS
'Freezes what is here of a platform user, or ends that (GDPR art. 18): activities are stored without the user and without the account. Logins are noted all the same, to protect others (art. 18(2)). Recorded in dpo_log. Raises P0002 if there is no such user.';
