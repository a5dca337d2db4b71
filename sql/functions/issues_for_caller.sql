-- A function for the reasons in issue_for_caller.

CREATE FUNCTION mytwip.issues_for_caller()
RETURNS TABLE (issue_id bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
SET debug_print_plan = off
SET trace_sort = off
AS $$
BEGIN
    IF mytwip.sees_exact() THEN
        RETURN QUERY SELECT i.id FROM mytwip.issue AS i;
        RETURN;
    END IF;

    RETURN QUERY
    SELECT i.id
      FROM mytwip.own_newsletters() AS o
      JOIN mytwip.issue AS i
           ON i.account_id = o.account_id
           AND i.newsletter_id = o.newsletter_id;
END
$$;

COMMENT ON FUNCTION mytwip.issues_for_caller() IS
'The issues that the caller sees in issue_report; read that.';
