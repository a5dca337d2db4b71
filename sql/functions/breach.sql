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
                                    unsubscription,open,user,activity,login}');

    IF FOUND OR (from_at < to_at) IS NOT TRUE THEN
        RAISE EXCEPTION 'there is no such period or category %',
            coalesce(unknown, 'of data')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Expected from < to, and of reader, subscription, consent, unsubscription, open, user, activity, login.';
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
'The extent of a breach, for the notification within 72 hours (GDPR art. 33(2), (3)(a)): each account is a controller to be told, its region says whose authority, and by category of data how many people and records were within reach. Profiles, subscriptions and consents count if they were there before to_at, events if they happened from from_at to before to_at. Categories: reader, subscription, consent, unsubscription, open, user, activity, login. Recorded in dpo_log. Raises 22023 for another category or an empty period.';


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
