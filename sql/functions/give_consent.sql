CREATE FUNCTION mytwip.give_consent(reader_id bigint, purpose text,
    method text, wording text)
RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
    SELECT mytwip.record_consent(reader_id, purpose, true, method, wording);
END;

COMMENT ON FUNCTION mytwip.give_consent(bigint, text, text, text) IS
'Appends a consent to the ledger and returns its id (GDPR art. 7(1)); with purpose open_tracking, opens of this reader are stored with the reader from now on. Raises P0002 if there is no such reader, 23514 for an unknown purpose or without the text agreed to.';
