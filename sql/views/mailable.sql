CREATE VIEW mytwip.mailable WITH (security_barrier = true) AS
SELECT s.account_id, s.newsletter_id, s.reader_id, r.email,
       coalesce(r.language, n.language) AS language
  FROM mytwip.subscription AS s
  JOIN mytwip.reader AS r
    ON r.account_id = s.account_id AND r.id = s.reader_id
  JOIN mytwip.newsletter AS n
    ON n.account_id = s.account_id AND n.id = s.newsletter_id
 WHERE s.status = 'subscribed' AND r.restricted_since IS NULL;

COMMENT ON VIEW mytwip.mailable IS
'Who may be mailed: the subscribed readers of each newsletter. Not a reader who is restricted (GDPR art. 18). language is that of the reader, else of the newsletter.';
