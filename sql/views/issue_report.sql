CREATE VIEW mytwip.issue_report AS
SELECT * FROM mytwip.issue_figures;

COMMENT ON VIEW mytwip.issue_report IS
'The report on each issue: see the columns of mytwip.issue_figures.';
