-- One row a figure: a further one is a line here, and a column where it is
-- shown (functions/issue_for_caller.sql). An opener is in the opens as well,
-- so that the noise of both hides half as much as that of one; no other two
-- figures of one list count the same.
--
-- Who asks to leave again and again is one who leaves: of one reader, a request
-- of one way and reason is counted once a month, which is what is left of it
-- when the reader is erased. Else a loop on one link would be the figure.
--
-- Named opens are not here: who agreed to being measured is a fact about a
-- person as well. Nor are times: the first open is a group of one.

CREATE VIEW mytwip.publishable AS
SELECT i.account_id, 'issue' AS about, i.id, m.measure, m.way,
       coalesce(m.value, 0) AS value,
       coalesce(i.recipients, 0)::bigint AS crowd, m.people
  FROM mytwip.issue_figures AS f
  JOIN mytwip.issue AS i ON i.id = f.issue_id,
       LATERAL (VALUES
           ('recipients', 'level', f.recipients::bigint, false),
           ('human_opens', 'total', f.human_opens, false),
           ('undecided_opens', 'total', f.undecided_opens, false),
           ('machine_opens', 'total', f.machine_opens, false),
           ('delivered', 'level', f.delivered, false),
           ('human_openers', 'total', f.human_openers, true),
           ('undecided_openers', 'total', f.undecided_openers, true)
       ) AS m (measure, way, value, people)
UNION ALL
SELECT n.account_id, 'newsletter', n.id, 'subscribers', 'level',
       coalesce(s.now, 0), coalesce(s.ever, 0), false
  FROM mytwip.newsletter AS n
  LEFT JOIN (
        SELECT account_id, newsletter_id, count(*) AS ever,
               count(*) FILTER (WHERE status = 'subscribed') AS now
          FROM mytwip.subscription
         GROUP BY account_id, newsletter_id
       ) AS s ON s.account_id = n.account_id AND s.newsletter_id = n.id
UNION ALL
SELECT n.account_id, 'newsletter', n.id, 'left.' || r.reason, 'period',
       coalesce(u.requests, 0), coalesce(s.ever, 0), true
  FROM mytwip.newsletter AS n
 CROSS JOIN unnest('{too_many,not_relevant,never_subscribed,other,none}'
                   ::text[]) AS r (reason)
  LEFT JOIN (
        SELECT account_id, newsletter_id, count(*) AS ever
          FROM mytwip.subscription
         GROUP BY account_id, newsletter_id
       ) AS s ON s.account_id = n.account_id AND s.newsletter_id = n.id
  LEFT JOIN (
        SELECT account_id, newsletter_id, reason,
               sum(requests)::bigint AS requests
          FROM (SELECT account_id, newsletter_id, action,
                       coalesce(reason, 'none') AS reason, 1 AS requests
                  FROM mytwip.unsubscription
                 GROUP BY account_id, newsletter_id, action, way, reason,
                          reader_id, date_trunc('month', at, 'UTC')
                 UNION ALL              -- of those who were erased since
                SELECT account_id, newsletter_id, action,
                       coalesce(nullif(reason, ''), 'none'), requests
                  FROM mytwip.unsubscription_total) AS t
         WHERE action IN ('unsubscribe', 'unsubscribe_all')
         GROUP BY account_id, newsletter_id, reason
       ) AS u ON u.account_id = n.account_id AND u.newsletter_id = n.id
              AND u.reason = r.reason;

COMMENT ON VIEW mytwip.publishable IS
'The exact figures of which publish_reports makes what veilleurs see; for the owner alone.';
COMMENT ON COLUMN mytwip.publishable.way IS
'How it is published: total, all there has been, to which each edition adds what is new; period, what is new since the edition before; level, what there is now.';
COMMENT ON COLUMN mytwip.publishable.crowd IS
'How many people it is about; 0: not known.';
COMMENT ON COLUMN mytwip.publishable.people IS
'Whether it counts people, so that its difference to crowd is a group, too.';
