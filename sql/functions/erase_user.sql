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

    PERFORM pg_notify('mytwip_erased',
        format('{"receipt":"%s","user_id":%s}', receipt, user_id));

    RETURN mytwip.erasure_receipt(receipt, account,
        jsonb_build_object('platform_user', 1, 'login', logins,
                           'activity', activities),
        jsonb_build_array(
            'counts of activities, which name nobody',
            'the number of the user, so that it is not used again'));
END
$$;

COMMENT ON FUNCTION mytwip.erase_user(bigint) IS
'Erases a platform user everywhere (GDPR art. 17): profile and logins are deleted, activities keep neither name nor account, counts stay. Activities that come later from a journal name nobody. Returns the receipt, sends NOTIFY mytwip_erased, {"receipt":..,"user_id":..}, and is recorded, as erase_reader. Raises P0002 if there is no such user.';


CREATE FUNCTION mytwip.forget_in_log(subject_kind text, account_id bigint,
    subject_id bigint, receipt uuid)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    UPDATE mytwip.dpo_log AS d
       SET subject_id = NULL, receipt = forget_in_log.receipt
     WHERE d.account_id = forget_in_log.account_id
       AND d.subject_kind = forget_in_log.subject_kind
       AND d.subject_id = forget_in_log.subject_id;
END
$$;

COMMENT ON FUNCTION mytwip.forget_in_log(text, bigint, bigint, uuid) IS
'Puts the number of the receipt in the place of the person''s in dpo_log: part of erase_reader and erase_user.';


-- A table that comes later, and that nobody told the erasure of, is an error
-- here and not somebody's data that stays.

CREATE FUNCTION mytwip.check_erased(subject_kind text, account_id bigint,
    subject_id bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    part   record;
    still  boolean;
BEGIN
    FOR part IN
        SELECT s.relation, s.condition FROM mytwip.subject_table AS s
         WHERE s.subject_kind = check_erased.subject_kind
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM mytwip.%I AS t
                                        WHERE %s AND $2 IS NOT NULL)',
                       part.relation, part.condition)
           INTO still USING subject_id, account_id;

        IF still THEN
            RAISE EXCEPTION 'mytwip.% still has rows of % %', part.relation,
                subject_kind, subject_id
                USING ERRCODE = 'internal_error',
                      HINT = 'Nothing was erased. The erasure does not know this table.';
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.check_erased(text, bigint, bigint) IS
'Raises XX000 if a table of subject_table still has a row of this person: part of erase_reader and erase_user.';


CREATE FUNCTION mytwip.erasure_receipt(receipt uuid, account_id bigint,
    erased jsonb, kept jsonb)
RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET timezone = 'UTC'
AS $$
BEGIN
    RETURN jsonb_build_object(
        'receipt', receipt, 'erased_at', clock_timestamp(), 'article', '17',
        'controller', (SELECT a.name FROM mytwip.account AS a
                        WHERE a.id = account_id),
        'erased', erased, 'kept', kept,
        'tell', (SELECT coalesce(jsonb_agg(DISTINCT r.role ORDER BY r.role),
                                 '[]')
                   FROM mytwip.recipient AS r
                  WHERE r.names));
END
$$;

COMMENT ON FUNCTION mytwip.erasure_receipt(uuid, bigint, jsonb, jsonb) IS
'The receipt of an erasure, without the person: part of erase_reader and erase_user. tell: the roles that may have been given who it was, and are to be told (GDPR art. 19).';
