-- No table is read here: see functions/issue_for_caller.sql for why.

CREATE VIEW mytwip.issue_report AS
SELECT i.issue_id, newsletter_id, subject, sent_at, recipients, opens,
       human_opens, undecided_opens, named_opens, unnamed_opens,
       machine_opens, first_open, last_open, delivered, human_openers,
       undecided_openers, open_rate_low, open_rate_high, as_of
  FROM mytwip.issues_for_caller() AS i,
       mytwip.issue_for_caller(i.issue_id);

COMMENT ON VIEW mytwip.issue_report IS
'Opens of each issue. Who owns the schema sees all issues and exact counts, as in issue_figures. Everybody else sees the issues of their own newsletters (see own_newsletters) and of each the last edition that publish_reports made: estimates to the nearest multiple of k, and null where that is withheld. Clicks are not stored, so there are none to show.';
COMMENT ON COLUMN mytwip.issue_report.recipients IS
'Number of mails handed over; null: not known, or withheld.';
COMMENT ON COLUMN mytwip.issue_report.opens IS
'Opens not known to be of a machine; of estimates, the sum of human_opens and undecided_opens as far as they are shown.';
COMMENT ON COLUMN mytwip.issue_report.human_opens IS
'As in issue_figures; undecided_opens, machine_opens too.';
COMMENT ON COLUMN mytwip.issue_report.human_openers IS
'As in issue_figures, as are undecided_openers, delivered and, of exact counts, the rates; of estimates the rates are those of what is shown, in percent.';
COMMENT ON COLUMN mytwip.issue_report.named_opens IS
'As in issue_figures, for the owner alone, as are unnamed_opens, first_open and last_open: null for everybody else.';
COMMENT ON COLUMN mytwip.issue_report.as_of IS
'Day (UTC) of the edition; null: there is none yet, or the counts are exact and of now.';
