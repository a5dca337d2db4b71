-- Anybody may send activities, a hundred in a request, and invent their names.
-- What nobody known did is in no group of activity_report by itself, and in none
-- after 15 days: then one row a day has what is of any use, how much it was.
--
-- What an ingest holds has its turn the next time: it takes rows in the order of
-- the key, this one does not. Not more at a time than takes a few seconds: until
-- it has ended, unsubscription_feed shows nothing newer.

CREATE FUNCTION mytwip.fold_activities() RETURNS void
LANGUAGE sql
SET search_path = pg_catalog, mytwip, pg_temp
BEGIN ATOMIC
    WITH due AS MATERIALIZED (
        SELECT d.ctid AS place
          FROM mytwip.activity_daily AS d
         WHERE d.account_id = 0 AND d.activity <> ''
           AND d.day < (now() AT TIME ZONE 'UTC')::date - 15
         ORDER BY d.day
         LIMIT 1000000
           FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM mytwip.activity_daily AS d
         WHERE d.ctid = ANY (ARRAY(SELECT x.place FROM due AS x))
        RETURNING d.day, d.uses
    )
    INSERT INTO mytwip.activity_daily AS d (account_id, day, activity,
                                            resource_type, uses)
    SELECT 0, g.day, '', '', sum(g.uses)
      FROM gone AS g
     GROUP BY g.day
     ORDER BY g.day
    ON CONFLICT (account_id, day, activity, resource_type) DO UPDATE
       SET uses = d.uses + excluded.uses;
END;

COMMENT ON FUNCTION mytwip.fold_activities() IS
'Takes the names out of what nobody known did more than 15 days ago: of each day one row of activity_daily stays, with all its uses. Up to a million rows at a time: part of maintain.';
