-- A sweep is seen when the fifth reader comes, and those before may have come
-- in other batches. The named ones are known by their domain; of the unnamed
-- ones how many they were, and so many human opens of those seconds are taken
-- from the count, whosever they are.
--
-- The domain is asked for in a subquery: as a join, the planner may read all
-- subscriptions of the newsletter, to find those of the domain.

CREATE FUNCTION mytwip.match_sweeps(sweeps mytwip.domain_opens[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    sweep  mytwip.domain_opens;
    taken  mytwip.open;
    rest   integer;
    n      integer;
BEGIN
    FOREACH sweep IN ARRAY sweeps LOOP
        rest := sweep.readers;

        FOR taken IN
            SELECT o.*
              FROM mytwip.issue AS i
              JOIN mytwip.open AS o
                ON o.account_id = i.account_id AND o.issue_id = i.id
             WHERE i.id = sweep.issue_id
               AND o.at >= sweep.during
               AND o.at < sweep.during + interval '4 s'
               AND o.reader_id IS NOT NULL
               AND o.verdict < 2
               AND (SELECT s.domain FROM mytwip.subscription AS s
                     WHERE s.account_id = i.account_id
                       AND s.reader_id = o.reader_id
                       AND s.newsletter_id = i.newsletter_id) = sweep.domain
               FOR UPDATE OF o SKIP LOCKED      -- a withdrawal holds it
        LOOP
            PERFORM mytwip.judge_open(taken, 11::smallint, taken.fetches,
                                      taken.id);
            rest := rest - 1;
        END LOOP;

        FOR taken IN
            SELECT o.* FROM mytwip.open AS o
             WHERE o.account_id = sweep.account_id
               AND o.issue_id = sweep.issue_id
               AND o.at >= sweep.during
               AND o.at < sweep.during + interval '4 s'
               AND o.reader_id IS NULL
               AND o.verdict < 2
             ORDER BY o.at DESC, o.id DESC
               FOR UPDATE SKIP LOCKED
        LOOP
            EXIT WHEN rest <= 0;
            n := least(rest, taken.fetches);
            PERFORM mytwip.judge_open(taken, 11::smallint, n, -taken.id);
            rest := rest - n;
        END LOOP;
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.match_sweeps(mytwip.domain_opens[]) IS
'Judges the opens of sweeps that came in batches before this one; readers is how many they were. Called by store_opens.';
