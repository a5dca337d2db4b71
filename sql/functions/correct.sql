-- The statement and the detail of an error would have the address in the
-- server's log. A caller's settings do not reach there; those of a function
-- do, as it is the owner's.

CREATE FUNCTION mytwip.correct_reader(reader_id bigint,
    email text DEFAULT NULL, language text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
SET log_min_error_statement = 'panic'
SET log_error_verbosity = 'terse'
AS $$
DECLARE
    account  CONSTANT bigint := mytwip.account_of('reader', reader_id);
BEGIN
    UPDATE mytwip.reader AS r
       SET email = coalesce(correct_reader.email, r.email),
           language = CASE WHEN correct_reader.language IS NULL
                           THEN r.language
                           ELSE nullif(correct_reader.language, '') END
     WHERE r.account_id = account AND r.id = reader_id;

    PERFORM mytwip.log_right('correct_reader', '16', account, 'reader',
                             reader_id);
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'another reader of account % has this address', account
            USING ERRCODE = 'unique_violation';
END
$$;

COMMENT ON FUNCTION mytwip.correct_reader(bigint, text, text) IS
'Corrects the address or the language of a reader (GDPR art. 16); null leaves what is there, an empty language is none of their own. Recorded in dpo_log, without the data; an error does not put it into the server''s log. Raises P0002 if there is no such reader, 23505 if the account has another with this address.';


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


CREATE FUNCTION mytwip.find_subject(email text)
RETURNS TABLE (subject_kind text, subject_id bigint, account_id bigint,
    account text, region text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
SET log_min_error_statement = 'panic'
AS $$
BEGIN
    PERFORM mytwip.log_right('find_subject', '12');

    RETURN QUERY
    SELECT p.kind, p.id, a.id, a.name, a.region
      FROM (SELECT 'reader', r.account_id, r.id FROM mytwip.reader AS r
             WHERE lower(r.email) = lower(find_subject.email)
            UNION ALL
            SELECT 'user', u.account_id, u.id FROM mytwip.platform_user AS u
             WHERE lower(u.email) = lower(find_subject.email))
           AS p (kind, account_id, id)
      JOIN mytwip.account AS a ON a.id = p.account_id
     ORDER BY a.id, p.kind;
END
$$;

COMMENT ON FUNCTION mytwip.find_subject(text) IS
'Who has this address, in every account: the ids that the other functions take (GDPR art. 12(2)). Recorded in dpo_log, without the address.';
