CREATE VIEW mytwip.newsletter_report AS
SELECT newsletter_id, title, language, issues, subscribers, as_of
  FROM mytwip.newsletters_for_caller();

COMMENT ON VIEW mytwip.newsletter_report IS
'Newsletters: for who owns the schema all, and exact; for everybody else their own, with the last edition of what is counted in them, as in issue_report.';
COMMENT ON COLUMN mytwip.newsletter_report.issues IS
'How many there are of it.';
COMMENT ON COLUMN mytwip.newsletter_report.subscribers IS
'How many readers are subscribed; null: withheld.';
COMMENT ON COLUMN mytwip.newsletter_report.as_of IS
'As in issue_report.';
