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
