-- The tombstone comes first: it lets rows of the ledgers go, and an ingest
-- that waits for the reader finds it. Without a ledger no consent is in
-- effect, so unname_opens takes the reader out of every open.

CREATE FUNCTION mytwip.erase_reader(reader_id bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    receipt  CONSTANT uuid := gen_random_uuid();
    account  CONSTANT bigint := mytwip.account_of('reader', reader_id);
    erased   jsonb;
BEGIN
    PERFORM FROM mytwip.reader AS r
      WHERE r.account_id = account AND r.id = reader_id
        FOR UPDATE;

    PERFORM mytwip.suppress_address(account, r.email)
       FROM mytwip.reader AS r
      WHERE r.account_id = account AND r.id = reader_id;

    INSERT INTO mytwip.erased_reader (account_id, reader_id)
    VALUES (account, reader_id);

    erased := mytwip.erase_ledgers(account, reader_id)
              || jsonb_build_object('open',
                     mytwip.unname_opens(account, reader_id));

    -- and what an ingest is storing now
    INSERT INTO mytwip.unnaming (account_id, reader_id)
    VALUES (account, reader_id);

    UPDATE mytwip.rejected AS t
       SET reader_id = NULL
     WHERE t.reader_id = erase_reader.reader_id AND t.kind IS DISTINCT FROM 5;

    DELETE FROM mytwip.reader AS r
     WHERE r.account_id = account AND r.id = reader_id;

    PERFORM mytwip.log_right('erase_reader', '17', account, 'reader',
                             reader_id);
    PERFORM mytwip.forget_in_log('reader', account, reader_id, receipt);
    PERFORM mytwip.check_erased('reader', account, reader_id);

    PERFORM pg_notify('mytwip_erased',
        format('{"receipt":"%s","reader_id":%s}', receipt, reader_id));

    RETURN mytwip.erasure_receipt(receipt, account, erased, jsonb_build_array(
        'counts of opens and of requests, which name nobody',
        'a salted digest of the address, so that no import has it mailed',
        'the number of the reader, so that it is not used again'));
END
$$;

COMMENT ON FUNCTION mytwip.erase_reader(bigint) IS
'Erases a reader everywhere (GDPR art. 17): profile, subscriptions, consents and history are deleted, opens keep no name, counts stay. Events that come later from a journal are counted without a name; a request among them is done already. Returns the receipt: number, when, how many rows by table, what is kept and why, and who else is to be told (art. 19). Sends NOTIFY mytwip_erased, {"receipt":..,"reader_id":..}, at commit, for a platform that has the reader elsewhere. Recorded in dpo_log under the number of the receipt. Backups keep the reader until they are replaced: erase again after restoring one. Raises P0002 if there is no such reader, also for one who was erased before.';


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
               count(*)
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
