-- A function, and not a view on the tables: it is all that a veilleur's query
-- sees of them. A condition of the query does not reach inside, however cheap
-- it says it is, and EXPLAIN shows one scan of a function, without the rows
-- that it looked at or what the planner knows of how many there are. Nor do the
-- settings by which a session is told of plans and sorts, which are off within.
-- Row security would do neither, and cannot make a figure coarse.
--
-- One issue at a time, so that who asks for one does not wait for all: which
-- there are, issues_for_caller says.
--
-- opens is the sum of what is shown: an estimate of its own would, next to
-- one of its two parts, be an estimate of the other that is withheld.

CREATE FUNCTION mytwip.issue_for_caller(issue_id bigint)
RETURNS TABLE (newsletter_id bigint, subject text,
    sent_at timestamptz, recipients integer, opens bigint, human_opens bigint,
    undecided_opens bigint, named_opens bigint, unnamed_opens bigint,
    machine_opens bigint, first_open timestamptz, last_open timestamptz,
    delivered integer, human_openers bigint, undecided_openers bigint,
    open_rate_low numeric, open_rate_high numeric,
    as_of date)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, mytwip, pg_temp
SET debug_print_plan = off
SET trace_sort = off
AS $$
#variable_conflict use_column
DECLARE
    least  integer;
BEGIN
    IF mytwip.sees_exact() THEN
        RETURN QUERY
        SELECT f.newsletter_id, f.subject, f.sent_at,
               f.recipients, f.opens, f.human_opens,
               f.undecided_opens, f.named_opens, f.unnamed_opens,
               f.machine_opens, f.first_open, f.last_open,
               f.delivered, f.human_openers, f.undecided_openers,
               f.open_rate_low, f.open_rate_high, NULL::date
          FROM mytwip.issue_figures AS f
         WHERE f.issue_id = issue_for_caller.issue_id;
        RETURN;
    END IF;

    SELECT g.k INTO least FROM mytwip.smallest_group AS g;

    RETURN QUERY
    SELECT i.newsletter_id, i.subject, i.sent_at,
           p.recipients::integer,
           CASE WHEN num_nonnulls(p.human, p.undecided) > 0
                THEN coalesce(p.human, 0) + coalesce(p.undecided, 0) END,
           p.human, p.undecided, NULL::bigint, NULL::bigint, p.machine,
           NULL::timestamptz, NULL::timestamptz, p.delivered::integer,
           p.openers, p.undecided_openers,
           r.low, r.high, p.day
      FROM mytwip.own_newsletters() AS o
      JOIN mytwip.issue AS i
           ON i.account_id = o.account_id
           AND i.newsletter_id = o.newsletter_id
     CROSS JOIN LATERAL (
        SELECT max(f.shown) FILTER (WHERE f.measure = 'recipients')
                   AS recipients,
               max(f.shown) FILTER (WHERE f.measure = 'human_opens') AS human,
               max(f.shown) FILTER (WHERE f.measure = 'undecided_opens')
                   AS undecided,
               max(f.shown) FILTER (WHERE f.measure = 'machine_opens')
                   AS machine,
               max(f.shown) FILTER (WHERE f.measure = 'delivered')
                   AS delivered,
               max(f.shown) FILTER (WHERE f.measure = 'human_openers')
                   AS openers,
               max(f.shown) FILTER (WHERE f.measure = 'undecided_openers')
                   AS undecided_openers,
               max(f.day) AS day
          FROM mytwip.published_figure AS f
         WHERE f.account_id = i.account_id AND f.about = 'issue'
           AND f.id = i.id AND f.edition > 0 AND f.k >= least
           ) AS p
     CROSS JOIN LATERAL (
        -- not more than all; and null if one of the two is
        SELECT round(100.0 * (p.openers - greatest(0, p.openers
                                                      - p.delivered))
                     / p.delivered, 1) AS low,
               round(100.0 * (p.openers + p.undecided_openers
                              - greatest(0, p.openers + p.undecided_openers
                                            - p.delivered))
                     / p.delivered, 1) AS high
           ) AS r
     WHERE i.id = issue_for_caller.issue_id;
END
$$;

COMMENT ON FUNCTION mytwip.issue_for_caller(bigint) IS
'The row of issue_report of this issue, if the caller may see it; read that.';
