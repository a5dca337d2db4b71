-- One for each month, way and reason, as publishable counts a reader who is here.

CREATE FUNCTION mytwip.erase_ledgers(account_id bigint, reader_id bigint)
RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    requests       bigint;
    consents       bigint;
    subscriptions  bigint;
BEGIN
    WITH gone AS (
        DELETE FROM mytwip.unsubscription AS u
         WHERE u.account_id = erase_ledgers.account_id
           AND u.reader_id = erase_ledgers.reader_id
        RETURNING u.newsletter_id, u.at, u.action, u.way, u.reason
    ), counted AS (
        INSERT INTO mytwip.unsubscription_total AS t (account_id,
                        newsletter_id, month, action, way, reason, requests)
        SELECT erase_ledgers.account_id, newsletter_id,
               date_trunc('month', at, 'UTC')::date AS month, action,
               coalesce(way, '') AS by_way, coalesce(reason, '') AS for_reason,
               1
          FROM gone
         GROUP BY newsletter_id, month, action, by_way, for_reason
         ORDER BY newsletter_id, month, action, by_way, for_reason
        ON CONFLICT ON CONSTRAINT unsubscription_total_pkey DO UPDATE
           SET requests = t.requests + excluded.requests
    )
    SELECT count(*) INTO requests FROM gone;

    DELETE FROM mytwip.consent AS c
     WHERE c.account_id = erase_ledgers.account_id
       AND c.reader_id = erase_ledgers.reader_id;
    GET DIAGNOSTICS consents = ROW_COUNT;

    DELETE FROM mytwip.subscription AS s
     WHERE s.account_id = erase_ledgers.account_id
       AND s.reader_id = erase_ledgers.reader_id;
    GET DIAGNOSTICS subscriptions = ROW_COUNT;

    RETURN jsonb_build_object('reader', 1, 'subscription', subscriptions,
                              'consent', consents,
                              'unsubscription', requests);
END
$$;

COMMENT ON FUNCTION mytwip.erase_ledgers(bigint, bigint) IS
'Deletes the subscriptions, consents and history of a reader who is in erased_reader, keeps what the history counts for, and returns how many rows they were: part of erase_reader.';
