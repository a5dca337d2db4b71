CREATE VIEW mytwip.mailable WITH (security_barrier = true) AS
SELECT s.account_id, s.newsletter_id, s.reader_id, r.email,
       coalesce(r.language, n.language) AS language
  FROM mytwip.subscription AS s
  JOIN mytwip.reader AS r
    ON r.account_id = s.account_id AND r.id = s.reader_id
  JOIN mytwip.newsletter AS n
    ON n.account_id = s.account_id AND n.id = s.newsletter_id
 WHERE s.status = 'subscribed';

COMMENT ON VIEW mytwip.mailable IS
'Who may be mailed: the subscribed readers of each newsletter. language is that of the reader, else of the newsletter.';
