CREATE VIEW mytwip.issue_figures AS
SELECT i.id AS issue_id, i.newsletter_id, i.subject, i.sent_at, i.recipients,
       coalesce(o.opens, 0) AS opens,
       coalesce(o.human_opens, 0) AS human_opens,
       coalesce(o.opens - o.human_opens, 0) AS undecided_opens,
       coalesce(o.named_opens, 0) AS named_opens,
       coalesce(o.opens - o.named_opens, 0) AS unnamed_opens,
       coalesce(o.machine_opens, 0) AS machine_opens,
       o.first_open, o.last_open
  FROM mytwip.issue AS i
  LEFT JOIN LATERAL (
        SELECT (sum(c.opens) FILTER (WHERE c.agent < 3))::bigint AS opens,
               coalesce(sum(c.opens) FILTER (WHERE c.agent = 1), 0)::bigint
                   AS human_opens,
               coalesce(sum(c.opens) FILTER (WHERE c.agent < 3 AND c.named),
                        0)::bigint AS named_opens,
               (sum(c.opens) FILTER (WHERE c.agent >= 3))::bigint
                   AS machine_opens,
               min(c.first_at) FILTER (WHERE c.agent < 3) AS first_open,
               max(c.last_at) FILTER (WHERE c.agent < 3) AS last_open
          FROM mytwip.issue_opens AS c
         WHERE c.account_id = i.account_id AND c.issue_id = i.id
       ) AS o ON true;

COMMENT ON VIEW mytwip.issue_figures IS
'Opens of each issue, from the counts that ingest keeps, exact: for the owner alone. Others read issue_report. An open is a fetch of the pixel, so one mail may have several.';
COMMENT ON COLUMN mytwip.issue_figures.recipients IS
'Number of mails handed over; null: not known.';
COMMENT ON COLUMN mytwip.issue_figures.opens IS
'Opens not known to be of a machine: human_opens + undecided_opens, and also named_opens + unnamed_opens.';
COMMENT ON COLUMN mytwip.issue_figures.human_opens IS
'Opens by what looks like a person''s mail client.';
COMMENT ON COLUMN mytwip.issue_figures.undecided_opens IS
'Opens through a proxy, which hides whether anybody looked, or by an agent not recognised.';
COMMENT ON COLUMN mytwip.issue_figures.named_opens IS
'Opens of readers who agreed to being measured individually (ePrivacy art. 5(3)).';
COMMENT ON COLUMN mytwip.issue_figures.unnamed_opens IS
'Opens stored without the reader.';
COMMENT ON COLUMN mytwip.issue_figures.machine_opens IS
'Fetches by bots and prefetches; not in opens.';
COMMENT ON COLUMN mytwip.issue_figures.first_open IS
'Time of the first of opens; last_open: of the last.';
