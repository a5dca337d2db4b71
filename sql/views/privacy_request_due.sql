CREATE VIEW mytwip.privacy_request_due AS
SELECT p.account_id, p.id, a.name AS controller, p.reader_id, p.newsletter_id,
       p."right", p.at, d.due_at, d.due_at < now() AS overdue
  FROM mytwip.privacy_request AS p
  JOIN mytwip.account AS a ON a.id = p.account_id
 CROSS JOIN LATERAL (SELECT (p.at AT TIME ZONE 'UTC' + interval '1 month')
                            AT TIME ZONE 'UTC' AS due_at) AS d
 WHERE p.state = 'open'
 ORDER BY d.due_at, p.account_id, p.id;

COMMENT ON VIEW mytwip.privacy_request_due IS
'The open requests of readers, the most urgent first, each with the day on which it has to be answered: one month after it was made (GDPR art. 12(3)).';
COMMENT ON COLUMN mytwip.privacy_request_due.overdue IS
'Whether the month is over.';
