CREATE FUNCTION mytwip.breach_subjects(from_at timestamptz,
    to_at timestamptz, categories text[])
RETURNS TABLE (account_id bigint, subject_kind text, subject_id bigint,
    email text, language text, reached text[])
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    PERFORM mytwip.log_right('breach_subjects', '34');

    RETURN QUERY
    SELECT b.account_id, b.subject_kind, b.subject_id,
           coalesce(r.email, u.email), r.language,
           array_agg(b.category ORDER BY b.category)
      FROM mytwip.breach_rows(from_at, to_at, categories) AS b
      LEFT JOIN mytwip.reader AS r
           ON b.subject_kind = 'reader' AND r.account_id = b.account_id
           AND r.id = b.subject_id
      LEFT JOIN mytwip.platform_user AS u
           ON b.subject_kind = 'user' AND u.account_id = b.account_id
           AND u.id = b.subject_id
     GROUP BY b.account_id, b.subject_kind, b.subject_id, r.email, u.email,
              r.language
     ORDER BY b.account_id, b.subject_kind, b.subject_id;
END
$$;

COMMENT ON FUNCTION mytwip.breach_subjects(timestamptz, timestamptz, text[]) IS
'Who is to be told of a breach (GDPR art. 34), also readers who have unsubscribed: it is no marketing. With which categories of theirs were reached; parameters as breach_scope. email null: the platform has the address. Recorded in dpo_log, without the list.';
