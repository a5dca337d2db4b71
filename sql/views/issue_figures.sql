-- Exact, and so nobody's but the owner's: figures for others are issue_report.
--
-- Named openers are counted: by judge_issue, or here as long as something has
-- come since. Unnamed ones are estimated from opener_bits, or how many there
-- were, and are at most as many as their opens. A reader with a human and an
-- undecided open is a human opener.
--
-- An open that was found to be a machine's has left its bit. Who it was for may
-- have opened too, and is one of those who can have; or not, and is none of
-- those who certainly have.

CREATE VIEW mytwip.issue_figures AS
SELECT i.id AS issue_id, i.newsletter_id, i.subject, i.sent_at, i.recipients,
       d.delivered,
       coalesce(o.opens - o.machine_opens, 0) AS opens,
       coalesce(o.human_opens, 0) AS human_opens,
       coalesce(o.undecided_opens, 0) AS undecided_opens,
       coalesce(o.named_opens, 0) AS named_opens,
       coalesce(o.unnamed_opens, 0) AS unnamed_opens,
       coalesce(o.machine_opens, 0) AS machine_opens,
       coalesce(n.human + round(e.human), 0)::bigint AS human_openers,
       coalesce(n.undecided + round(e.undecided), 0)::bigint
           AS undecided_openers,
       CASE WHEN d.delivered > 0
            THEN round((100 * least(1, coalesce(n.human + e.least_human, 0)
                                       / d.delivered))::numeric, 1)
       END AS open_rate_low,
       CASE WHEN d.delivered > 0
            THEN round((100 * least(1, coalesce(n.human + n.undecided + e.most,
                                                0)
                                       / d.delivered))::numeric, 1)
       END AS open_rate_high,
       o.first_at AS first_open, o.last_at AS last_open
  FROM mytwip.issue AS i
 CROSS JOIN LATERAL (
        SELECT greatest(0, i.recipients - i.bounced) AS delivered
       ) AS d
  LEFT JOIN LATERAL (
        SELECT c.*, c.human_named + c.human_unnamed AS human_opens,
               c.undecided_named + c.undecided_unnamed AS undecided_opens,
               c.human_named + c.undecided_named AS named_opens,
               c.human_unnamed + c.undecided_unnamed AS unnamed_opens,
               c.machine_named + c.machine_unnamed AS machine_opens
          FROM mytwip.issue_opens AS c
         WHERE c.account_id = i.account_id AND c.issue_id = i.id
       ) AS o ON true
  LEFT JOIN LATERAL (
        SELECT greatest(o.human_readers, l.human) AS human,
               greatest(o.undecided_readers, l.undecided) AS undecided
          FROM (SELECT) AS one
          LEFT JOIN LATERAL mytwip.named_openers(
                   CASE WHEN o.judged_opens IS DISTINCT FROM o.opens
                        THEN i.account_id END,
                   i.id, coalesce(o.first_at, 'infinity'),
                   coalesce(o.last_at, 'infinity')) AS l ON true
       ) AS n ON true
  LEFT JOIN LATERAL (
        SELECT h.openers AS human, h.at_least AS least_human,
               a.openers AS any_class, a.at_most AS most
          FROM (SELECT coalesce(o.human_bits, sum(bit_count(b.human)),
                                0)::bigint,
                       coalesce(o.any_class_bits, sum(bit_count(b.any_class)),
                                0)::bigint
                  FROM mytwip.opener_bits AS b
                 WHERE b.account_id = i.account_id AND b.issue_id = i.id)
               AS s (human, any_class),
               LATERAL mytwip.estimate_openers(i.opener_groups,
                                               s.human) AS h,
               LATERAL mytwip.estimate_openers(i.opener_groups,
                                               s.any_class) AS a
       ) AS b ON true
  LEFT JOIN LATERAL (
        SELECT least(o.human_unnamed,
                     greatest(0, b.human - o.retracted)) AS human,
               least(o.unnamed_opens,
                     greatest(0, b.any_class - greatest(b.human,
                                                        o.retracted)))
                   AS undecided,
               least(o.human_unnamed,
                     greatest(0, b.least_human
                                 - greatest(0, o.retracted))) AS least_human,
               least(o.unnamed_opens,
                     o.nobodys + b.most + greatest(0, -o.retracted)) AS most
       ) AS e ON true;

COMMENT ON VIEW mytwip.issue_figures IS
'What is known of the opens of each issue: human, undecided and machine fetches of the pixel, openers, and the open rate as an interval. Exact but for unnamed openers, who are estimated.';
COMMENT ON COLUMN mytwip.issue_figures.recipients IS
'Number of mails handed over; null: not known.';
COMMENT ON COLUMN mytwip.issue_figures.delivered IS
'recipients without those that bounced.';
COMMENT ON COLUMN mytwip.issue_figures.opens IS
'Opens not known to be of a machine: human_opens + undecided_opens, and also named_opens + unnamed_opens. An open is a fetch of the pixel: one mail may have several.';
COMMENT ON COLUMN mytwip.issue_figures.human_opens IS
'Opens by what looks like a person''s mail client, and no pattern says otherwise (see mytwip.verdict).';
COMMENT ON COLUMN mytwip.issue_figures.undecided_opens IS
'Opens through a proxy, which hides whether anybody looked, or by an agent not recognised.';
COMMENT ON COLUMN mytwip.issue_figures.named_opens IS
'Opens of readers who agreed to being measured individually (ePrivacy art. 5(3)).';
COMMENT ON COLUMN mytwip.issue_figures.unnamed_opens IS
'Opens stored without the reader.';
COMMENT ON COLUMN mytwip.issue_figures.machine_opens IS
'Fetches by machines, by their agent or by a pattern; not in opens.';
COMMENT ON COLUMN mytwip.issue_figures.human_openers IS
'Readers with a human open: named ones counted, unnamed ones estimated.';
COMMENT ON COLUMN mytwip.issue_figures.undecided_openers IS
'Readers whose opens are all undecided: named ones counted, unnamed ones estimated.';
COMMENT ON COLUMN mytwip.issue_figures.open_rate_low IS
'Percent of delivered that have certainly opened: human openers, less what the estimate may be wrong by (95 %). Null without recipients.';
COMMENT ON COLUMN mytwip.issue_figures.open_rate_high IS
'Percent of delivered that can have opened: human and undecided openers, and what the estimate may be wrong by.';
COMMENT ON COLUMN mytwip.issue_figures.first_open IS
'Time of the first of opens; last_open: of the last.';
