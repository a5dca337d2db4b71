-- One statement, as for opens: look up, sort out, store, count. Bounds are
-- those of nginx, checked where a key of an index depends on them.
--
-- A user who objects to statistics is not stored with the activity, nor is
-- the account, which may have no other. Logins are no statistics: they are
-- kept for the security of the platform all the same (GDPR art. 6(1)(f)).

CREATE FUNCTION mytwip.store_activities(segment uuid, base bigint,
    positions bigint[], times timestamptz[], users bigint[],
    codes smallint[], details text[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    parsed    CONSTANT jsonb[] := mytwip.read_details(details);
    accepted  record;
    logins    timestamptz;
BEGIN
    SELECT * INTO accepted FROM mytwip.event_window('activity');
    logins := (mytwip.event_window('login')).oldest;

    WITH event AS MATERIALIZED (
        SELECT e.position, e.at, e.code,
               CASE WHEN u.named THEN u.id END AS user_id,
               CASE WHEN u.named THEN u.account_id ELSE 0 END AS account_id,
               CASE WHEN NOT u.erased THEN u.id END AS login_id,
               u.account_id AS login_account_id,
               CASE WHEN u.id IS NULL THEN nullif(e.user_id, 0) END
                   AS unknown_user_id,
               e.facts ->> 'activity' AS activity,
               nullif(e.facts #>> '{resource,type}', '') AS resource_type,
               e.facts #>> '{resource,id}' AS resource_id,
               e.facts -> 'properties' AS properties,
               mytwip.claimed_time(e.facts -> 'at') AS claimed_at,
               CASE WHEN e.code BETWEEN 1 AND 3 THEN e.code ELSE 0 END
               ::smallint AS way,
               CASE WHEN u.id IS NULL AND e.user_id <> 0 THEN 'unknown_user'
                    WHEN (jsonb_typeof(e.facts -> 'activity') = 'string'
                          AND length(e.facts ->> 'activity') BETWEEN 1 AND 64
                          AND coalesce(length(e.facts #>> '{resource,type}'),
                                       0) <= 64) IS NOT TRUE
                    THEN 'malformed'
                    WHEN (e.at BETWEEN accepted.oldest AND accepted.newest)
                         IS NOT TRUE THEN 'time_out_of_range'
               END AS reason
          FROM unnest(positions, times, users, codes, parsed)
               AS e (position, at, user_id, code, facts)
          LEFT JOIN mytwip.known_user AS u ON u.id = e.user_id
    ), apart AS (
        INSERT INTO mytwip.rejected (segment, position, reason, kind, at,
                                     reader_id, code)
        SELECT store_activities.segment, position, reason, 5, at,
               unknown_user_id, code
          FROM event
         WHERE reason IS NOT NULL
    ), counted AS (
        -- in key order, so that no two batches wait for each other
        INSERT INTO mytwip.activity_daily AS d (account_id, day, activity,
                                                resource_type, uses)
        SELECT account_id, (at AT TIME ZONE 'UTC')::date AS day, activity,
               coalesce(resource_type, '') AS type, count(*)
          FROM event
         WHERE reason IS NULL
         GROUP BY account_id, day, activity, type
         ORDER BY account_id, day, activity, type
        ON CONFLICT (account_id, day, activity, resource_type) DO UPDATE
           SET uses = d.uses + excluded.uses
    ), login AS (
        INSERT INTO mytwip.login (account_id, at, id, user_id, method, way)
        SELECT login_account_id, at, base + position, login_id,
               left(properties ->> 'method', 64), way
          FROM event
         WHERE reason IS NULL AND activity = 'login' AND login_id IS NOT NULL
           AND at >= logins
    )
    INSERT INTO mytwip.activity (account_id, at, id, user_id, activity,
                    resource_type, resource_id, properties, claimed_at, way)
    SELECT account_id, at, base + position, user_id, activity, resource_type,
           resource_id, properties, claimed_at, way
      FROM event
     WHERE reason IS NULL;
END
$$;

COMMENT ON FUNCTION mytwip.store_activities(uuid, bigint, bigint[],
    timestamptz[], bigint[], smallint[], text[]) IS
'Stores the activities of a batch, counts them, notes the logins among them, and puts what cannot be stored into rejected: part of store_events.';
