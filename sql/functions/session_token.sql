-- By the seconds of the interval, so that no time zone of the session comes
-- into it.

CREATE FUNCTION mytwip.session_token(user_id bigint, ttl interval)
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    IF (ttl > interval '0' AND ttl <= interval '30 days') IS NOT TRUE THEN
        RAISE EXCEPTION 'a session cannot last %', coalesce(ttl::text, 'null')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Expected more than 0 and at most 30 days.';
    END IF;

    PERFORM FROM mytwip.platform_user AS u WHERE u.id = session_token.user_id;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no platform user %', user_id
            USING ERRCODE = 'no_data_found';
    END IF;

    RETURN mytwip.mint_token(5,
               ceil(extract(epoch FROM clock_timestamp())
                    + extract(epoch FROM ttl))::bigint, user_id);
END
$$;

COMMENT ON FUNCTION mytwip.session_token(bigint, interval) IS
'What tells nginx who a user of the platform is, until ttl from now: for the cookie mytwip_session or the header X-Mytwip-Session, given to who has just logged in. It cannot be called back, so let it be short. No role has it: grant EXECUTE to that of the service that logs users in. Raises P0002 if there is no such user, 22023 unless 0 < ttl <= 30 days, 55000 without an active key.';
