-- The tombstone comes first: it lets rows of the ledgers go, and an ingest
-- that waits for the reader finds it. Without a ledger no consent is in
-- effect, so unname_opens takes the reader out of every open.

CREATE FUNCTION mytwip.erase_reader(reader_id bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    receipt  CONSTANT uuid := gen_random_uuid();
    account  bigint;
    erased   jsonb;
BEGIN
    -- at once as the DELETE will: a lock made stronger later could wait for
    -- somebody who waits for it
    PERFORM FROM mytwip.reader AS r
      WHERE r.id = reader_id
        FOR UPDATE;

    account := mytwip.account_of('reader', reader_id);

    PERFORM mytwip.suppress_address(account, r.email)
       FROM mytwip.reader AS r
      WHERE r.account_id = account AND r.id = reader_id;

    INSERT INTO mytwip.erased_reader (account_id, reader_id)
    VALUES (account, reader_id);

    erased := mytwip.erase_ledgers(account, reader_id)
              || jsonb_build_object('open',
                     mytwip.unname_opens(account, reader_id));

    -- and what an ingest is storing now
    INSERT INTO mytwip.unnaming (account_id, reader_id, unnamed)
    VALUES (account, reader_id, true);

    UPDATE mytwip.rejected AS t
       SET reader_id = NULL
     WHERE t.reader_id = erase_reader.reader_id AND t.kind IS DISTINCT FROM 5;

    -- an erasure asked for is done, and what was asked about nobody is over
    UPDATE mytwip.privacy_request AS p
       SET state = 'done', closed_at = clock_timestamp()
     WHERE p.account_id = account
       AND p.reader_id = erase_reader.reader_id
       AND p.state = 'open';

    DELETE FROM mytwip.reader AS r
     WHERE r.account_id = account AND r.id = reader_id;

    PERFORM mytwip.log_right('erase_reader', '17', account, 'reader',
                             reader_id);
    PERFORM mytwip.forget_in_log('reader', account, reader_id, receipt);
    PERFORM mytwip.check_erased('reader', account, reader_id);

    -- every role may LISTEN, so it does not say who
    PERFORM mytwip.tell('mytwip_erased', format('{"receipt":"%s"}', receipt));

    RETURN mytwip.erasure_receipt(receipt, account, erased, jsonb_build_array(
        'counts of opens and of requests, which name nobody',
        'a salted digest of the address, so that no import has it mailed',
        'the number of the reader, so that it is not used again'));
END
$$;

COMMENT ON FUNCTION mytwip.erase_reader(bigint) IS
'Erases a reader everywhere (GDPR art. 17): profile, subscriptions, consents and history are deleted, opens keep no name, counts stay. Events that come later from a journal are counted without a name; a request among them is done already. Returns the receipt: number, when, how many rows by table, what is kept and why, and who else is to be told (art. 19). Sends NOTIFY mytwip_erased, {"receipt":..}, at commit: a platform that has readers elsewhere then reads erased_reader. Recorded in dpo_log under the number of the receipt. Backups keep the reader until they are replaced: erase again after restoring one. Raises P0002 if there is no such reader, also for one who was erased before.';
