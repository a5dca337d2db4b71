CREATE FUNCTION mytwip.erase_user(user_id bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    receipt     CONSTANT uuid := gen_random_uuid();
    account     CONSTANT bigint := mytwip.account_of('user', user_id);
    logins      bigint;
    activities  bigint;
BEGIN
    INSERT INTO mytwip.erased_user (account_id, user_id)
    VALUES (account, user_id);

    activities := mytwip.unname_activities(account, user_id);

    DELETE FROM mytwip.login AS l
     WHERE l.account_id = account AND l.user_id = erase_user.user_id;
    GET DIAGNOSTICS logins = ROW_COUNT;

    UPDATE mytwip.rejected AS t
       SET reader_id = NULL
     WHERE t.reader_id = erase_user.user_id AND t.kind = 5;

    DELETE FROM mytwip.platform_user AS u
     WHERE u.account_id = account AND u.id = user_id;

    PERFORM mytwip.log_right('erase_user', '17', account, 'user', user_id);
    PERFORM mytwip.forget_in_log('user', account, user_id, receipt);
    PERFORM mytwip.check_erased('user', account, user_id);

    PERFORM mytwip.tell('mytwip_erased', format('{"receipt":"%s"}', receipt));

    RETURN mytwip.erasure_receipt(receipt, account,
        jsonb_build_object('platform_user', 1, 'login', logins,
                           'activity', activities),
        jsonb_build_array(
            'counts of activities, without the user and the account',
            'the number of the user, so that it is not used again'));
END
$$;

COMMENT ON FUNCTION mytwip.erase_user(bigint) IS
'Erases a platform user everywhere (GDPR art. 17): profile and logins are deleted, activities keep neither name nor account, and their counts stay without the account. Activities that come later from a journal name nobody. Returns the receipt, sends NOTIFY mytwip_erased, and is recorded, as erase_reader; the number is then in erased_user. Raises P0002 if there is no such user.';
