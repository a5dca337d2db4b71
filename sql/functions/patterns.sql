-- What judge_issue judges by. Repeats of a machine come by the clock: five
-- fetches or more with gaps that differ by a second at most.

CREATE FUNCTION mytwip.patterns(account_id bigint, issue_id bigint)
RETURNS TABLE (at timestamptz, id bigint, reader_id bigint, fetches integer,
    agent smallint, verdict smallint, sent_at timestamptz, swept boolean,
    clockwork boolean, told boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    RETURN QUERY
    WITH issue AS (
        SELECT i.newsletter_id, i.sent_at, i.mailed FROM mytwip.issue AS i
         WHERE i.id = patterns.issue_id
    ), row AS MATERIALIZED (
        SELECT o.at, o.id, o.reader_id, o.fetches, o.agent, o.verdict,
               s.domain, date_bin('4 s', o.at, '2000-01-01 UTC') AS during,
               CASE WHEN s.mailed_issue = patterns.issue_id THEN s.mailed_at
               ELSE i.sent_at END AS sent_at,
               i.mailed AND s.mailed_issue IS DISTINCT FROM patterns.issue_id
                   AS told,
               o.at - lag(o.at) OVER (PARTITION BY o.reader_id
                                          ORDER BY o.at, o.id) AS gap
          FROM issue AS i
         CROSS JOIN mytwip.open AS o
          LEFT JOIN mytwip.subscription AS s
               ON s.account_id = patterns.account_id
               AND s.newsletter_id = i.newsletter_id
               AND s.reader_id = o.reader_id
         WHERE o.account_id = patterns.account_id
           AND o.issue_id = patterns.issue_id
    ), crowd AS (
        SELECT r.domain, r.during
          FROM row AS r
         CROSS JOIN issue AS i
          JOIN mytwip.mail_domain AS d
               ON d.account_id = patterns.account_id
               AND d.newsletter_id = i.newsletter_id AND d.domain = r.domain
         WHERE r.agent < 2
         GROUP BY r.domain, r.during, d.readers
        HAVING mytwip.is_sweep(count(DISTINCT r.reader_id), d.readers)
    ), clock AS (
        SELECT r.reader_id
          FROM row AS r
         WHERE r.reader_id IS NOT NULL
         GROUP BY r.reader_id
        HAVING count(*) >= 5 AND max(r.gap) - min(r.gap) <= interval '1 s'
    )
    SELECT r.at, r.id, r.reader_id, r.fetches, r.agent, r.verdict, r.sent_at,
           c.domain IS NOT NULL, k.reader_id IS NOT NULL, r.told
      FROM row AS r
      LEFT JOIN crowd AS c ON c.domain = r.domain AND c.during = r.during
      LEFT JOIN clock AS k ON k.reader_id = r.reader_id;
END
$$;

COMMENT ON FUNCTION mytwip.patterns(bigint, bigint) IS
'The stored opens of an issue with what tells machines: part of judge_issue.';
