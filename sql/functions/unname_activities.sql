-- The account goes too, as it may have no other user, and what the page said,
-- which may be anything. The key of a partition has the account first, so only
-- its own rows are looked at.
--
-- The counts go where ingest puts those of nobody, to account 0: all that the
-- account has if nobody else uses it, as of one user they are a diary, and else
-- those of the rows, as older ones cannot be told from others'.

CREATE FUNCTION mytwip.unname_activities(account_id bigint, user_id bigint)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    alone  CONSTANT boolean := NOT EXISTS (
               SELECT FROM mytwip.platform_user AS u
                WHERE u.account_id = unname_activities.account_id
                  AND u.id <> unname_activities.user_id);
    moved  mytwip.activity_daily[];
    n      bigint;
BEGIN
    WITH unnamed AS (
        UPDATE mytwip.activity AS a
           SET account_id = 0, user_id = NULL, resource_id = NULL,
               properties = NULL, claimed_at = NULL
         WHERE a.account_id = unname_activities.account_id
           AND a.user_id = unname_activities.user_id
        RETURNING a.at, a.activity, a.resource_type
    ), used AS (
        SELECT (at AT TIME ZONE 'UTC')::date AS day, activity,
               coalesce(resource_type, '') AS type, count(*) AS uses
          FROM unnamed
         GROUP BY 1, 2, 3
    )
    SELECT coalesce(sum(u.uses), 0),
           array_agg(ROW(0, u.day, u.activity, u.type, u.uses)
                     ::mytwip.activity_daily)
      INTO n, moved
      FROM used AS u;

    -- locked in key order, as ingest does: account 0 comes first
    INSERT INTO mytwip.activity_daily AS d
    SELECT 0, c.day, c.activity, c.resource_type, 0
      FROM mytwip.activity_daily AS c
     WHERE c.account_id = unname_activities.account_id
       AND (alone OR (c.day, c.activity, c.resource_type)
                     IN (SELECT m.day, m.activity, m.resource_type
                           FROM unnest(moved) AS m))
     ORDER BY c.day, c.activity, c.resource_type
    ON CONFLICT ON CONSTRAINT activity_daily_pkey DO UPDATE
       SET uses = d.uses;

    PERFORM FROM mytwip.activity_daily AS c
      WHERE c.account_id = unname_activities.account_id
      ORDER BY c.day, c.activity, c.resource_type
        FOR UPDATE;

    IF alone THEN
        WITH gone AS (
            DELETE FROM mytwip.activity_daily AS c
             WHERE c.account_id = unname_activities.account_id
            RETURNING c.day, c.activity, c.resource_type, c.uses
        )
        SELECT array_agg(ROW(0, day, activity, resource_type, uses)
                         ::mytwip.activity_daily)
          INTO moved FROM gone;
    ELSE
        UPDATE mytwip.activity_daily AS c
           SET uses = c.uses - m.uses
          FROM unnest(moved) AS m
         WHERE c.account_id = unname_activities.account_id
           AND (c.day, c.activity, c.resource_type)
               = (m.day, m.activity, m.resource_type);

        DELETE FROM mytwip.activity_daily AS c
         WHERE c.account_id = unname_activities.account_id AND c.uses <= 0;
    END IF;

    INSERT INTO mytwip.activity_daily AS d
    SELECT m.* FROM unnest(moved) AS m
     ORDER BY m.day, m.activity, m.resource_type
    ON CONFLICT ON CONSTRAINT activity_daily_pkey DO UPDATE
       SET uses = d.uses + excluded.uses;

    RETURN n;
END
$$;

COMMENT ON FUNCTION mytwip.unname_activities(bigint, bigint) IS
'Takes the user, and what could tell them, out of stored activities, and returns how many they were. The counts in activity_daily go to account 0, of an account without another user all of them. Part of object_user and erase_user.';
