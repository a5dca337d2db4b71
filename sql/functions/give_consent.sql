CREATE FUNCTION mytwip.give_consent(reader_id bigint, purpose text,
    method text, wording text, newsletter_id bigint DEFAULT NULL)
RETURNS bigint
LANGUAGE sql
BEGIN ATOMIC
    SELECT mytwip.record_consent(reader_id, purpose, true, method, wording,
                                 newsletter_id);
END;

COMMENT ON FUNCTION mytwip.give_consent(bigint, text, text, text, bigint) IS
'Appends a consent to the ledger, for one newsletter or, by default, for all of the account, and returns its id (GDPR art. 7(1)); with purpose open_tracking, opens of this reader are stored with the reader from now on. Raises P0002 if there is no such reader or the newsletter is not of the reader''s account, 23514 for an unknown purpose or without the text agreed to.';
