-- What somebody who could read a table in that time may have seen: profiles
-- that were there then, and rows of events of that time.

CREATE FUNCTION mytwip.breach_rows(from_at timestamptz, to_at timestamptz,
    categories text[])
RETURNS TABLE (category text, subject_kind text, account_id bigint,
    subject_id bigint, records bigint)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    unknown  text;
BEGIN
    SELECT c INTO unknown FROM unnest(categories) AS c
     WHERE c IS NULL OR c <> ALL ('{reader,subscription,consent,
                                    unsubscription,privacy_request,open,user,
                                    activity,login}');

    IF FOUND OR (from_at < to_at) IS NOT TRUE THEN
        RAISE EXCEPTION 'there is no such period or category %',
            coalesce(unknown, 'of data')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Expected from < to, and of reader, subscription, consent, unsubscription, privacy_request, open, user, activity, login.';
    END IF;

    RETURN QUERY
    SELECT x.category, x.kind, x.account_id, x.id, count(*)
      FROM (SELECT 'reader', 'reader', r.account_id, r.id
              FROM mytwip.reader AS r
             WHERE 'reader' = ANY (categories) AND r.created_at < to_at
            UNION ALL
            SELECT 'subscription', 'reader', s.account_id, s.reader_id
              FROM mytwip.subscription AS s
             WHERE 'subscription' = ANY (categories) AND s.since < to_at
            UNION ALL
            SELECT 'consent', 'reader', c.account_id, c.reader_id
              FROM mytwip.consent AS c
             WHERE 'consent' = ANY (categories) AND c.recorded_at < to_at
            UNION ALL
            SELECT 'unsubscription', 'reader', u.account_id, u.reader_id
              FROM mytwip.unsubscription AS u
             WHERE 'unsubscription' = ANY (categories)
               AND u.recorded_at < to_at
            UNION ALL
            SELECT 'privacy_request', 'reader', q.account_id, q.reader_id
              FROM mytwip.privacy_request AS q
             WHERE 'privacy_request' = ANY (categories)
               AND q.reader_id IS NOT NULL AND q.recorded_at < to_at
            UNION ALL
            SELECT 'open', 'reader', o.account_id, o.reader_id
              FROM mytwip.open AS o
             WHERE 'open' = ANY (categories) AND o.reader_id IS NOT NULL
               AND o.at >= from_at AND o.at < to_at
            UNION ALL
            SELECT 'open', 'reader', t.account_id, t.reader_id
              FROM mytwip.trap AS t
             WHERE 'open' = ANY (categories) AND t.reader_id IS NOT NULL
               AND t.at >= from_at AND t.at < to_at
            UNION ALL
            SELECT 'user', 'user', p.account_id, p.id
              FROM mytwip.platform_user AS p
             WHERE 'user' = ANY (categories) AND p.created_at < to_at
            UNION ALL
            SELECT 'activity', 'user', a.account_id, a.user_id
              FROM mytwip.activity AS a
             WHERE 'activity' = ANY (categories) AND a.user_id IS NOT NULL
               AND a.at >= from_at AND a.at < to_at
            UNION ALL
            SELECT 'login', 'user', l.account_id, l.user_id
              FROM mytwip.login AS l
             WHERE 'login' = ANY (categories)
               AND l.at >= from_at AND l.at < to_at)
           AS x (category, kind, account_id, id)
     GROUP BY x.category, x.kind, x.account_id, x.id;
END
$$;

COMMENT ON FUNCTION mytwip.breach_rows(timestamptz, timestamptz, text[]) IS
'Whose data of these categories a breach in this period reached, and how many rows: part of breach_scope and breach_subjects.';
