CREATE FUNCTION mytwip.privacy_page(issue_id bigint, reader_id bigint)
RETURNS TABLE (newsletter text, sender text, language text, controller text,
    region text, open_days integer, smallest_group integer, measured boolean,
    access_asked timestamp, erasure_asked timestamp)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, mytwip, pg_temp
BEGIN ATOMIC
    SELECT n.title, n.sender_address, r.language, a.name, a.region,
           mytwip.open_days(), g.k, coalesce(s.named_opens, false),
           (SELECT p.at AT TIME ZONE 'UTC' FROM mytwip.privacy_request AS p
             WHERE p.account_id = r.account_id AND p.reader_id = r.id
               AND p."right" = 'access' AND p.state = 'open'),
           (SELECT p.at AT TIME ZONE 'UTC' FROM mytwip.privacy_request AS p
             WHERE p.account_id = r.account_id AND p.reader_id = r.id
               AND p."right" = 'erasure' AND p.state = 'open')
      FROM mytwip.issue AS i
      JOIN mytwip.account AS a ON a.id = i.account_id
      JOIN mytwip.newsletter AS n
           ON n.account_id = i.account_id AND n.id = i.newsletter_id
      JOIN mytwip.reader AS r
           ON r.account_id = i.account_id
     CROSS JOIN mytwip.smallest_group AS g
      LEFT JOIN mytwip.subscription AS s
           ON s.account_id = i.account_id AND s.reader_id = r.id
           AND s.newsletter_id = i.newsletter_id
     WHERE i.id = privacy_page.issue_id
       AND r.id = privacy_page.reader_id;
END;

COMMENT ON FUNCTION mytwip.privacy_page(bigint, bigint) IS
'What the privacy page shows (GDPR art. 13): title and sender of the newsletter of this issue, the language of the reader, null if not known, name and region of the controller, for how many days opens are kept, null if no end is set, how many people a group in a report has at least, whether opens of this newsletter are stored with the reader now, and when (UTC) the reader asked for access or erasure, null if no such request is open. No row for a pair that is unknown or of two accounts.';
