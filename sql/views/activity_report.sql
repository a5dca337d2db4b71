-- No table is read here: see functions/activity_groups.sql for why.

CREATE VIEW mytwip.activity_report AS
SELECT activity, resource_type, uses, users, trend
  FROM mytwip.activity_groups();

COMMENT ON VIEW mytwip.activity_report IS
'What is used on the platform, for those who develop it: today and the last seven full days (UTC), all accounts together. No person and no single resource; what fewer than k known users did is left out (see smallest_group). Users are counted from activity: keep its rows for 15 days at least.';
COMMENT ON COLUMN mytwip.activity_report.resource_type IS
'Kind of what it was done to; null: to nothing in particular.';
COMMENT ON COLUMN mytwip.activity_report.uses IS
'How often, also by users who are not known.';
COMMENT ON COLUMN mytwip.activity_report.users IS
'How many different known users, at least k.';
COMMENT ON COLUMN mytwip.activity_report.trend IS
'Uses of the last seven full days against the seven before them, in percent: 50 is half as many again, -100 next to none any more. Today, which is not over, has no part in it. Null: one of the two had fewer than k known users.';
