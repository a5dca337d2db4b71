-- A function for the reasons in issue_for_caller.

CREATE FUNCTION mytwip.newsletters_for_caller()
RETURNS TABLE (newsletter_id bigint, title text, language text,
    issues bigint, subscribers bigint, as_of date)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
SET debug_print_plan = off
SET trace_sort = off
AS $$
DECLARE
    exact  CONSTANT boolean := mytwip.sees_exact();
    least  CONSTANT integer := (SELECT g.k FROM mytwip.smallest_group AS g);
BEGIN
    RETURN QUERY
    SELECT n.id, n.title, n.language,
           (SELECT count(*) FROM mytwip.issue AS i
             WHERE i.account_id = n.account_id AND i.newsletter_id = n.id),
           CASE WHEN exact
                THEN (SELECT count(*) FROM mytwip.subscription AS s
                       WHERE s.account_id = n.account_id
                         AND s.newsletter_id = n.id
                         AND s.status = 'subscribed')
                ELSE f.shown END,
           CASE WHEN NOT exact THEN f.day END
      FROM mytwip.newsletter AS n
      LEFT JOIN mytwip.published_figure AS f
           ON f.account_id = n.account_id AND f.about = 'newsletter'
           AND f.id = n.id AND f.measure = 'subscribers' AND f.edition > 0
           AND f.k >= least
     WHERE exact
        OR (n.account_id, n.id) IN (SELECT o.account_id, o.newsletter_id
                                      FROM mytwip.own_newsletters() AS o);
END
$$;

COMMENT ON FUNCTION mytwip.newsletters_for_caller() IS
'The rows of newsletter_report; read that.';
