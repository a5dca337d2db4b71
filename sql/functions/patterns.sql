-- What judge_issue judges by. Repeats of a machine come by the clock: five
-- fetches or more with gaps that differ by a second at most.
--
-- Four seconds in which many readers of a domain opened begin with any open, and
-- not by the clock as those of ingest do. Who is fetched for again within four
-- seconds is not counted again.
--
-- Linear in the opens of the issue, whatever is known of the tables: statistics
-- are missing after a restore, and of a partition of today.

CREATE FUNCTION mytwip.patterns(account_id bigint, issue_id bigint)
RETURNS TABLE (at timestamptz, id bigint, reader_id bigint, fetches integer,
    agent smallint, verdict smallint, sent_at timestamptz, swept boolean,
    clockwork boolean, trapped boolean, told boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
SET enable_nestloop = off
SET jit = off
AS $$
DECLARE
    issue  mytwip.issue;
BEGIN
    SELECT i.* INTO issue FROM mytwip.issue AS i
     WHERE i.id = patterns.issue_id;

    RETURN QUERY
    WITH row AS (
        SELECT o.at, o.id, o.reader_id, o.fetches, o.agent, o.verdict,
               CASE WHEN s.mailed_issue = issue.id THEN s.mailed_at
               ELSE issue.sent_at END AS sent_at,
               issue.mailed AND s.mailed_issue IS DISTINCT FROM issue.id
                   AS told,
               d.domain, d.readers,
               o.at - lag(o.at) OVER (PARTITION BY o.reader_id
                                          ORDER BY o.at, o.id) AS gap,
               -- of those that have a domain
               o.at - lag(o.at) OVER (PARTITION BY d.domain, o.reader_id
                                          ORDER BY o.at, o.id)
                   < interval '4 s' AS again
          FROM mytwip.open AS o
          LEFT JOIN LATERAL (
                SELECT s.domain, s.mailed_issue, s.mailed_at
                  FROM mytwip.subscription AS s
                 WHERE s.account_id = patterns.account_id
                   AND s.reader_id = o.reader_id
                   AND s.newsletter_id = issue.newsletter_id
                OFFSET 0
               ) AS s ON true
          LEFT JOIN mytwip.mail_domain AS d
               ON d.account_id = patterns.account_id
               AND d.newsletter_id = issue.newsletter_id
               AND d.domain = CASE WHEN o.agent < 2 THEN s.domain END
         WHERE o.account_id = patterns.account_id
           AND o.issue_id = patterns.issue_id
    ), begun AS (
        SELECT r.*,
               mytwip.is_sweep(count(*) FILTER (WHERE r.again IS NOT TRUE)
                                   OVER following, r.readers) AS begins,
               r.reader_id IS NOT NULL AND count(*) OVER reader >= 5
                   AND max(r.gap) OVER reader - min(r.gap) OVER reader
                       <= interval '1 s' AS clockwork
          FROM row AS r
        WINDOW reader AS (PARTITION BY r.reader_id),
               following AS (PARTITION BY r.domain ORDER BY r.at
                             RANGE BETWEEN CURRENT ROW
                                       AND interval '3.999999 s' FOLLOWING)
    )
    SELECT b.at, b.id, b.reader_id, b.fetches, b.agent, b.verdict, b.sent_at,
           count(*) FILTER (WHERE b.begins)
               OVER (PARTITION BY b.domain ORDER BY b.at
                     RANGE BETWEEN interval '3.999999 s' PRECEDING
                               AND CURRENT ROW) > 0,
           b.clockwork,
           EXISTS (SELECT FROM mytwip.trap AS t
                    WHERE t.account_id = patterns.account_id
                      AND t.issue_id = patterns.issue_id
                      AND t.reader_id = b.reader_id
                      AND t.at BETWEEN b.at - interval '2 s'
                                   AND b.at + interval '2 s'),
           b.told
      FROM begun AS b;
END
$$;

COMMENT ON FUNCTION mytwip.patterns(bigint, bigint) IS
'The stored opens of an issue with what tells machines: part of judge_issue.';
