-- Uses come from the counts that ingest keeps. Users are counted here, from
-- the rows: a table of who did what on which day would make ingest half as
-- slow again, and be one more that says what a person did.
--
-- Of a group that is too small nothing is shown, not even that it is there: a
-- page may send any name. Uses by nobody known are counted, but make no group:
-- they may all be one person's.
--
-- A function of its own, in plpgsql: of a view, EXPLAIN ANALYZE would count
-- the rows and the groups left out, and a condition of whoever reads it would
-- reach them. What a session may have told of plans and sorts is off within.
--
-- Of the two weeks behind trend no figure is shown: taken from uses, it would
-- leave those of today alone.

CREATE FUNCTION mytwip.activity_groups()
RETURNS TABLE (activity text, resource_type text, uses bigint, users bigint,
    trend integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, mytwip, pg_temp
SET debug_print_plan = off
SET trace_sort = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
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
 WHERE done.users >= g.k;
END
$$;

COMMENT ON FUNCTION mytwip.activity_groups() IS
'The rows of mytwip.activity_report; read that one.';
