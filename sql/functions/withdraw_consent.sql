CREATE FUNCTION mytwip.withdraw_consent(reader_id bigint, purpose text,
    method text)
RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
    SELECT mytwip.record_consent(reader_id, purpose, false, method, NULL);
END;

COMMENT ON FUNCTION mytwip.withdraw_consent(bigint, text, text) IS
'Appends a withdrawal to the ledger and returns its id (GDPR art. 7(3)). It holds from the next batch of events on, for mail already sent too. Raises P0002 if there is no such reader, 23514 for an unknown purpose.';
