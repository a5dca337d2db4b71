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
