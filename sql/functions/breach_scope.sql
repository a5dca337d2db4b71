CREATE FUNCTION mytwip.breach_scope(from_at timestamptz, to_at timestamptz,
    categories text[])
RETURNS TABLE (account_id bigint, account text, region text, category text,
    subject_kind text, subjects bigint, records bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    PERFORM mytwip.log_right('breach_scope', '33');

    RETURN QUERY
    SELECT a.id, a.name, a.region, b.category, b.subject_kind, count(*),
           sum(b.records)::bigint
      FROM mytwip.breach_rows(from_at, to_at, categories) AS b
      JOIN mytwip.account AS a ON a.id = b.account_id
     GROUP BY a.id, b.category, b.subject_kind
     ORDER BY a.id, b.category;
END
$$;

COMMENT ON FUNCTION mytwip.breach_scope(timestamptz, timestamptz, text[]) IS
'The extent of a breach, for the notification within 72 hours (GDPR art. 33(2), (3)(a)): each account is a controller to be told, its region says whose authority, and by category of data how many people and records were within reach. Profiles, subscriptions, consents and requests count if they were there before to_at, events if they happened from from_at to before to_at. Categories: reader, subscription, consent, unsubscription, privacy_request, open, user, activity, login. Recorded in dpo_log. Raises 22023 for another category or an empty period.';
