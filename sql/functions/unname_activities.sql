-- The account goes too, as it may have no other user, and what the page said,
-- which may be anything. The key of a partition has the account first, so only
-- its own rows are looked at.

CREATE FUNCTION mytwip.unname_activities(account_id bigint, user_id bigint)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    n  bigint;
BEGIN
    UPDATE mytwip.activity AS a
       SET account_id = 0, user_id = NULL, resource_id = NULL,
           properties = NULL, claimed_at = NULL
     WHERE a.account_id = unname_activities.account_id
       AND a.user_id = unname_activities.user_id;

    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END
$$;

COMMENT ON FUNCTION mytwip.unname_activities(bigint, bigint) IS
'Takes the user, and what could tell them, out of stored activities, and returns how many they were. Part of object_user and erase_user; the counts in activity_daily stay.';
