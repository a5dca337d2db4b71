CREATE VIEW mytwip.unsubscription_report AS
SELECT newsletter_id, reason, unsubscriptions, since, as_of
  FROM mytwip.unsubscriptions_for_caller();

COMMENT ON VIEW mytwip.unsubscription_report IS
'How many requests to leave came from the mails of a newsletter, by reason: for who owns the schema all there have been, and exact; for everybody else of their own newsletters, those of the last period of 28 days, as in issue_report. Who left is told to the platform, by unsubscription_feed, which has to take them off its lists. What a reader repeats within a month (UTC), by the same way and for the same reason, is counted once.';
COMMENT ON COLUMN mytwip.unsubscription_report.reason IS
'What the readers chose; null: nothing.';
COMMENT ON COLUMN mytwip.unsubscription_report.unsubscriptions IS
'How many; null: withheld.';
COMMENT ON COLUMN mytwip.unsubscription_report.since IS
'First day of the period (UTC), and as_of the day after its last; null: exact, and of all time.';
