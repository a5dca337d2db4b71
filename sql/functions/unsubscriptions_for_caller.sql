-- A function for the reasons in issue_for_caller. Not by issue: an issue
-- rarely loses k readers, and the day on which one left is near its sending.

CREATE FUNCTION mytwip.unsubscriptions_for_caller()
RETURNS TABLE (newsletter_id bigint, reason text, unsubscriptions bigint,
    since date, as_of date)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
SET debug_print_plan = off
SET trace_sort = off
AS $$
DECLARE
    exact  CONSTANT boolean := mytwip.sees_exact();
    least  CONSTANT integer := (SELECT g.k FROM mytwip.smallest_group AS g);
BEGIN
    IF exact THEN
        RETURN QUERY
        SELECT p.id, nullif(split_part(p.measure, '.', 2), 'none'), p.value,
               NULL::date, NULL::date
          FROM mytwip.publishable AS p
         WHERE p.about = 'newsletter' AND p.measure LIKE 'left.%';
        RETURN;
    END IF;

    -- a row for each reason, whether or not there is anything behind it
    RETURN QUERY
    SELECT f.id, nullif(split_part(f.measure, '.', 2), 'none'), f.shown,
           f.since, f.day
      FROM mytwip.own_newsletters() AS o
      JOIN mytwip.published_figure AS f
           ON f.account_id = o.account_id AND f.about = 'newsletter'
           AND f.id = o.newsletter_id
     WHERE f.measure LIKE 'left.%' AND f.edition > 0 AND f.k >= least;
END
$$;

COMMENT ON FUNCTION mytwip.unsubscriptions_for_caller() IS
'The rows of unsubscription_report; read that.';
