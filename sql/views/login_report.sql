CREATE VIEW mytwip.login_report WITH (security_barrier = true) AS
SELECT l.at, a.name AS account, l.user_id, u.name, l.method,
       CASE l.way WHEN 1 THEN 'beacon' WHEN 2 THEN 'log' WHEN 3 THEN 'rule'
       END AS way
  FROM mytwip.login AS l
  LEFT JOIN mytwip.account AS a
    ON a.id = l.account_id
  LEFT JOIN mytwip.platform_user AS u
    ON u.account_id = l.account_id AND u.id = l.user_id;

COMMENT ON VIEW mytwip.login_report IS
'Who logged in, when and how, for administrators; as far back as rows of mytwip.login are kept.';
COMMENT ON COLUMN mytwip.login_report.name IS
'The user''s; null: deleted since.';
COMMENT ON COLUMN mytwip.login_report.method IS
'What the activity said of how, such as password; null: nothing.';
COMMENT ON COLUMN mytwip.login_report.way IS
'Who says so. log, rule: nginx, of a request that it served (mytwip_log, mytwip_activity_rules); beacon: a page, of its own user, who may have made it say so.';
