CREATE FUNCTION mytwip.object_reader(reader_id bigint, purpose text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    account     CONSTANT bigint := mytwip.account_of('reader', reader_id);
    newsletter  bigint;
BEGIN
    IF purpose = 'direct_marketing' THEN
        -- one of those that it ends, else any: it is for all of them
        SELECT n.id INTO newsletter
          FROM mytwip.newsletter AS n
          LEFT JOIN mytwip.subscription AS s
               ON s.account_id = n.account_id
               AND s.reader_id = object_reader.reader_id
               AND s.newsletter_id = n.id
         WHERE n.account_id = account
         ORDER BY s.status, n.id
         LIMIT 1;

        IF newsletter IS NOT NULL THEN
            PERFORM mytwip.apply_request(account, reader_id, newsletter,
                        'unsubscribe_all', 'platform', NULL, NULL, NULL);
        END IF;

    ELSIF purpose = 'statistics' THEN
        PERFORM mytwip.withdraw_consent(reader_id, 'open_tracking',
                                        'objection');
    ELSE
        RAISE EXCEPTION 'there is no purpose % to object to', purpose
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Expected direct_marketing or statistics.';
    END IF;

    PERFORM mytwip.log_right('object_reader ' || purpose, '21', account,
                             'reader', reader_id);
END
$$;

COMMENT ON FUNCTION mytwip.object_reader(bigint, text) IS
'What a reader objects to stops (GDPR art. 21). direct_marketing: every subscription of the account ends, as by unsubscribe_all, without argument (art. 21(2), (3)), and no import begins one again. statistics: consent to open_tracking is withdrawn for all of the account, by the method objection, and stored opens are un-named; as the ledger goes by time, only a consent that the reader gives after it counts, not one of before that an import brings with its time. Recorded in dpo_log. Raises P0002 if there is no such reader, 22023 for another purpose.';


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
