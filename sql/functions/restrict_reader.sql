CREATE FUNCTION mytwip.restrict_reader(reader_id bigint, "on" boolean)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    account  CONSTANT bigint := mytwip.account_of('reader', reader_id);
BEGIN
    UPDATE mytwip.reader AS r
       SET restricted_since = CASE WHEN "on" THEN coalesce(r.restricted_since,
                                                           now()) END
     WHERE r.account_id = account AND r.id = reader_id;

    UPDATE mytwip.subscription AS s
       SET named_opens = NOT s.named_opens      -- the trigger decides
     WHERE s.account_id = account
       AND s.reader_id = restrict_reader.reader_id
       AND s.named_opens <> mytwip.may_name(s.account_id, s.reader_id,
                                            s.newsletter_id);

    PERFORM mytwip.log_right('restrict_reader '
                             || CASE WHEN "on" THEN 'on' ELSE 'off' END,
                             '18', account, 'reader', reader_id);
END
$$;

COMMENT ON FUNCTION mytwip.restrict_reader(bigint, boolean) IS
'Freezes what is here of a reader, or ends that (GDPR art. 18): it is kept, but nothing is mailed (no row in mailable and of mail_links) opens are counted without the reader, and those stored before are in no number of openers that is counted anew. Subscriptions and consents stay as they are, requests of the reader still hold. Tell the person before it ends (art. 18(3)). Recorded in dpo_log. Raises P0002 if there is no such reader.';
