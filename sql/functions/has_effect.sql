-- Told from where the request stands in time among the others, as those may
-- have been recorded before it.

CREATE FUNCTION mytwip.has_effect(own mytwip.subscription, action text,
    at timestamptz, from_nginx boolean)
RETURNS boolean
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    all_left  CONSTANT record := mytwip.left_all(own.account_id,
                                                 own.reader_id);
    next      mytwip.unsubscription;
BEGIN
    IF action = 'unsubscribe_all' THEN
        next := mytwip.request_after(own.account_id, own.reader_id, at,
                                     9223372036854775807);

        RETURN (all_left.at > at) IS NOT TRUE
               AND next.action IS DISTINCT FROM 'undo'
               AND EXISTS (SELECT FROM mytwip.subscription AS s
                            WHERE s.account_id = own.account_id
                              AND s.reader_id = own.reader_id
                              AND s.own_since <= at);
    END IF;

    -- the last word on this subscription
    IF at >= own.own_since
       AND (all_left.undone_at IS NULL AND all_left.at > at) IS NOT TRUE
    THEN
        RETURN true;
    END IF;

    -- or what was said next after an unsubscribe_all
    IF from_nginx AND all_left.at <= at THEN
        next := mytwip.request_after(own.account_id, own.reader_id,
                                     all_left.at, all_left.id);

        RETURN (next.at <= at) IS NOT TRUE
               AND (action = 'undo') = (all_left.undone_at IS NULL);
    END IF;

    RETURN false;
END
$$;

COMMENT ON FUNCTION mytwip.has_effect(mytwip.subscription, text, timestamptz,
    boolean) IS
'Whether a request about this subscription that is not recorded yet will have an effect: part of apply_request.';
