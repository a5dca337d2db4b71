-- Uses come from the counts that ingest keeps. Users are counted here, from
-- the rows: a table of who did what on which day would make ingest half as
-- slow again, and be one more that says what a person did.
--
-- Of a group that is too small nothing is shown, not even that it is there: a
-- page may send any name. Uses by nobody known are counted, but make no group:
-- they may all be one person's.
--
-- All of it is a MATERIALIZED query: a condition of whoever reads the view is
-- not to reach the rows, where EXPLAIN ANALYZE would count them, group by
-- group.
--
-- Of the two weeks behind trend no figure is shown: taken from uses, it would
-- leave those of today alone.

CREATE VIEW mytwip.activity_report WITH (security_barrier = true) AS
WITH report AS MATERIALIZED (
SELECT used.activity, nullif(used.type, '') AS resource_type,
       used.uses, done.users,
       CASE WHEN done.week >= g.k AND done.before >= g.k
            THEN round(100 * (used.week - used.before)
                       / nullif(used.before, 0))::integer END AS trend
  FROM mytwip.smallest_group AS g,
       (SELECT d.activity, d.resource_type AS type,
               (sum(d.uses) FILTER (WHERE d.day >= p.today - 7))::bigint
                   AS uses,
               sum(d.uses) FILTER (WHERE d.day BETWEEN p.today - 7
                                               AND p.today - 1) AS week,
               sum(d.uses) FILTER (WHERE d.day < p.today - 7) AS before
          FROM mytwip.activity_daily AS d,
               (SELECT (now() AT TIME ZONE 'UTC')::date AS today) AS p
         WHERE d.day BETWEEN p.today - 14 AND p.today
         GROUP BY d.activity, d.resource_type) AS used
  JOIN (SELECT a.activity, coalesce(a.resource_type, '') AS type,
               count(DISTINCT a.user_id) FILTER (WHERE a.at >= p.midnight
                   - interval '168 hours') AS users,
               count(DISTINCT a.user_id) FILTER (WHERE a.at >= p.midnight
                   - interval '168 hours' AND a.at < p.midnight) AS week,
               count(DISTINCT a.user_id) FILTER (WHERE a.at < p.midnight
                   - interval '168 hours') AS before
          FROM mytwip.activity AS a,
               (SELECT date_trunc('day', now(), 'UTC') AS midnight) AS p
         WHERE a.at >= p.midnight - interval '336 hours'
           AND a.at < p.midnight + interval '24 hours'
         GROUP BY a.activity, coalesce(a.resource_type, '')) AS done
       ON done.activity = used.activity AND done.type = used.type
 WHERE done.users >= g.k
)
SELECT activity, resource_type, uses, users, trend
  FROM report;

COMMENT ON VIEW mytwip.activity_report IS
'What is used on the platform, for those who develop it: today and the last seven full days (UTC), all accounts together. No person and no single resource; what fewer than k known users did is left out (see smallest_group). Users are counted from activity: keep its rows for 15 days at least.';
COMMENT ON COLUMN mytwip.activity_report.resource_type IS
'Kind of what it was done to; null: to nothing in particular.';
COMMENT ON COLUMN mytwip.activity_report.uses IS
'How often, also by users who are not known.';
COMMENT ON COLUMN mytwip.activity_report.users IS
'How many different known users, at least k.';
COMMENT ON COLUMN mytwip.activity_report.trend IS
'Uses of the last seven full days against the seven before them, in percent: 50 is half as many again, -100 none any more. Today, which is not over, has no part in it. Null: one of the two had fewer than k known users.';
