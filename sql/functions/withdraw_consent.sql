CREATE FUNCTION mytwip.withdraw_consent(reader_id bigint, purpose text,
    method text, newsletter_id bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
    SELECT mytwip.record_consent(reader_id, purpose, false, method, NULL,
                                 newsletter_id);
END;

COMMENT ON FUNCTION mytwip.withdraw_consent(bigint, text, text, bigint) IS
'Appends a withdrawal to the ledger, for one newsletter or, by default, for all of the account, and returns its id (GDPR art. 7(3)). It holds from the next batch of events on, for mail already sent too. Raises P0002 if there is no such reader or the newsletter is not of the reader''s account, 23514 for an unknown purpose.';
