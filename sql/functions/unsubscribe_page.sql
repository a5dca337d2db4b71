CREATE FUNCTION mytwip.unsubscribe_page(issue_id bigint, reader_id bigint)
RETURNS TABLE (newsletter text, sender text, language text,
    subscribed boolean)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, mytwip, pg_temp
BEGIN ATOMIC
    SELECT n.title, n.sender_address, r.language,
           coalesce(s.status = 'subscribed', false)
      FROM mytwip.issue AS i
      JOIN mytwip.newsletter AS n
           ON n.account_id = i.account_id AND n.id = i.newsletter_id
      JOIN mytwip.reader AS r
           ON r.account_id = i.account_id
      LEFT JOIN mytwip.subscription AS s
           ON s.account_id = i.account_id AND s.reader_id = r.id
           AND s.newsletter_id = i.newsletter_id
     WHERE i.id = unsubscribe_page.issue_id
       AND r.id = unsubscribe_page.reader_id;
END;

COMMENT ON FUNCTION mytwip.unsubscribe_page(bigint, bigint) IS
'What the unsubscribe page shows: title and sender of the newsletter of this issue, the language of the reader, null if not known, and whether the reader is subscribed now. No row for a pair that is unknown or of two accounts.';
