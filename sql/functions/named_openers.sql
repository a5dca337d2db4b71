-- Strict: issue_figures asks with no account where it has the answer, and a call
-- would plan over all days all the same.

CREATE FUNCTION mytwip.named_openers(account_id bigint, issue_id bigint,
    since timestamptz, until timestamptz, OUT human bigint,
    OUT undecided bigint)
LANGUAGE plpgsql STABLE STRICT
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    SELECT count(*) FILTER (WHERE r.human), count(*) FILTER (WHERE NOT r.human)
      INTO human, undecided
      FROM (SELECT bool_or(o.verdict = 1) AS human
              FROM mytwip.open AS o
             WHERE o.account_id = named_openers.account_id
               AND o.issue_id = named_openers.issue_id
               AND o.at BETWEEN since AND until
               AND o.reader_id IS NOT NULL
               AND o.verdict <= 2
               AND o.reader_id NOT IN (
                       SELECT r.id FROM mytwip.reader AS r
                        WHERE r.account_id = named_openers.account_id
                          AND r.restricted_since IS NOT NULL)
             GROUP BY o.reader_id) AS r;
END
$$;

COMMENT ON FUNCTION mytwip.named_openers(bigint, bigint, timestamptz,
    timestamptz) IS
'How many named readers have a human open of an issue, and how many others an undecided one: counted. Not readers who are restricted now (GDPR art. 18): what is stored of them is not used.';
