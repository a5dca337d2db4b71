-- The hot path: one statement looks up, sorts out, judges, stores and counts
-- the opens of a batch.
--
-- A reader with a subscription to the newsletter exists and is of its account
-- (foreign keys), so only the others are looked for in reader, by id alone:
-- a link names no account. (The CASE makes the search key null for the rest,
-- which spares the search; a second condition would not.)
--
-- In the order of the readers, so that one search finds what the last one has
-- brought into the processor's cache.
--
-- The plan must not depend on statistics, which a restored database lacks.
-- OFFSET 0 keeps the search for a subscription whole: as a join, the planner
-- may look for the account and the newsletter alone, and read all of theirs.
--
-- Only here, in memory, an unnamed open has a reader. What is written has none:
-- a row for the fetches of one mail in 10 seconds, a bit for a group of readers.
-- (And, until maintain() deletes it after a day, a bit of domain_opens.seen, by
-- a hash whose key is when the server was started.)

CREATE FUNCTION mytwip.store_opens(segment uuid, base bigint,
    kinds smallint[], positions bigint[], times timestamptz[],
    issues bigint[], readers bigint[], codes smallint[], patterns smallint[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_bitmapscan = off
AS $$
DECLARE
    accepted  record;
    delay     CONSTANT interval := mytwip.machine_delay();
    salt      CONSTANT bigint := 1000000 * extract(epoch FROM
                                     pg_postmaster_start_time());
    late      mytwip.domain_opens[];
BEGIN
    SELECT * INTO accepted FROM mytwip.event_window();

    WITH event AS MATERIALIZED (
        SELECT e.kind, e.position, e.at, e.issue_id, e.code, e.agent,
               e.account_id, e.newsletter_id, e.reader_id AS asked, s.domain,
               CASE WHEN s.named_opens THEN e.reader_id END AS reader_id,
               CASE WHEN e.pattern IS NOT NULL THEN e.pattern
                    WHEN e.agent < 2
                         AND e.at < delay + CASE
                             WHEN s.mailed_issue = e.issue_id
                             THEN s.mailed_at ELSE e.sent_at END
                    THEN 10
                    ELSE e.agent END AS verdict,
               coalesce(e.at < interval '1 hour' + CASE
                            WHEN s.mailed_issue = e.issue_id THEN s.mailed_at
                            ELSE e.sent_at END, true) AS fresh,
               CASE WHEN NOT s.named_opens AND e.reader_id <> 0
                    THEN (hashint8extended(e.reader_id,
                              (SELECT k.key FROM mytwip.opener_key AS k
                                WHERE k.account_id = e.account_id
                                  AND k.issue_id = e.issue_id))
                          & 9223372036854775807) % e.opener_groups
               END AS opener_group,
               CASE WHEN s.reader_id IS NULL AND r.id IS NULL
                    THEN nullif(e.reader_id, 0) END AS unknown_reader_id,
               CASE WHEN e.kind IS DISTINCT FROM 1 THEN 'unknown_kind'
                    WHEN e.account_id IS NULL THEN 'unknown_issue'
                    WHEN s.reader_id IS NULL AND r.id IS NULL
                         AND e.reader_id <> 0 THEN 'unknown_reader'
                    WHEN r.account_id <> e.account_id THEN 'foreign_reader'
                    WHEN (e.at BETWEEN accepted.oldest AND accepted.newest)
                         IS NOT TRUE THEN 'time_out_of_range'
               END AS reason
          FROM (SELECT u.kind, u.position, u.at, u.issue_id, u.reader_id,
                       u.code, u.pattern,
                       CASE WHEN u.code BETWEEN 0 AND 4 THEN u.code ELSE 0 END
                       ::smallint AS agent,
                       i.account_id, i.newsletter_id, i.sent_at,
                       i.opener_groups
                  FROM unnest(kinds, positions, times, issues, readers, codes,
                              patterns)
                       AS u (kind, position, at, issue_id, reader_id, code,
                             pattern)
                  LEFT JOIN mytwip.issue AS i ON i.id = u.issue_id
                 ORDER BY u.reader_id) AS e
          LEFT JOIN LATERAL (
                SELECT s.reader_id, s.named_opens, s.domain, s.mailed_issue,
                       s.mailed_at
                  FROM mytwip.subscription AS s
                 WHERE s.account_id = e.account_id
                   AND s.reader_id = e.reader_id
                   AND s.newsletter_id = e.newsletter_id
                OFFSET 0
               ) AS s ON true
          LEFT JOIN mytwip.known_reader AS r
               ON r.id = CASE WHEN s.reader_id IS NULL THEN e.reader_id END
    ), apart AS (
        INSERT INTO mytwip.rejected (segment, position, reason, kind, at,
                                     issue_id, reader_id, code)
        SELECT store_opens.segment, position, reason, kind, at, issue_id,
               unknown_reader_id, code
          FROM event
         WHERE reason IS NOT NULL
    ), crowd AS (
        SELECT account_id, newsletter_id, issue_id, domain, during,
               count(*)::integer AS n,
               bit_or(1::bigint << (hashint8extended(asked, salt # issue_id)
                                    & 63)::integer) AS seen
          FROM (SELECT DISTINCT account_id, newsletter_id, issue_id, domain,
                       asked, date_bin('4 s', at, '2000-01-01 UTC') AS during
                  FROM event
                 WHERE reason IS NULL AND verdict < 2 AND domain IS NOT NULL
                   AND fresh) AS once
         GROUP BY account_id, newsletter_id, issue_id, domain, during
    ), watched AS (
        INSERT INTO mytwip.domain_opens AS o (account_id, issue_id, domain,
                                              during, readers, latest, seen)
        SELECT c.account_id, c.issue_id, c.domain, c.during, c.n, c.n,
               mytwip.forget_crowd(c.seen)
          FROM crowd AS c
          JOIN mytwip.mail_domain AS d
               ON d.account_id = c.account_id
               AND d.newsletter_id = c.newsletter_id AND d.domain = c.domain
         ORDER BY c.account_id, c.issue_id, c.domain, c.during
        ON CONFLICT (account_id, issue_id, domain, during) DO UPDATE
           SET readers = o.readers + excluded.latest,
               latest = excluded.latest,
               seen = mytwip.forget_crowd(o.seen | excluded.seen)
        RETURNING o.*
    ), swept AS MATERIALIZED (
        SELECT w.*, 11 AS verdict,
               mytwip.is_sweep(w.readers - w.latest, d.readers) AS known
          FROM watched AS w
          JOIN mytwip.issue AS i ON i.id = w.issue_id
          JOIN mytwip.mail_domain AS d
               ON d.account_id = w.account_id
               AND d.newsletter_id = i.newsletter_id AND d.domain = w.domain
         WHERE w.readers >= 5 AND w.seen = -1
           AND mytwip.is_sweep(w.readers, d.readers)
    ), judged AS (
        SELECT e.*, coalesce(w.verdict, e.verdict)::smallint AS final
          FROM event AS e
          LEFT JOIN swept AS w
               ON w.issue_id = e.issue_id AND w.domain = e.domain
               AND w.during = date_bin('4 s', e.at, '2000-01-01 UTC')
               AND e.verdict < 2
         WHERE e.reason IS NULL
    ), fetched AS MATERIALIZED (
        SELECT account_id, issue_id, reader_id, agent, final AS verdict,
               min(at) AS at, max(at) AS last_at, min(position) AS position,
               count(*)::integer AS fetches,
               count(*) FILTER (WHERE reader_id IS NULL
                                AND opener_group IS NULL) AS nobodys
          FROM judged
         GROUP BY account_id, issue_id, asked, reader_id, agent, final,
                  date_bin('10 s', at, '2000-01-01 UTC')
    ), counted AS (
        -- in key order, so that no two batches wait for each other
        INSERT INTO mytwip.issue_opens AS o (account_id, issue_id,
                    human_named, human_unnamed, undecided_named,
                    undecided_unnamed, machine_named, machine_unnamed,
                    nobodys, first_at, last_at)
        SELECT account_id, issue_id,
               coalesce(sum(fetches) FILTER (WHERE verdict = 1
                    AND reader_id IS NOT NULL), 0),
               coalesce(sum(fetches) FILTER (WHERE verdict = 1
                    AND reader_id IS NULL), 0),
               coalesce(sum(fetches) FILTER (WHERE verdict IN (0, 2)
                    AND reader_id IS NOT NULL), 0),
               coalesce(sum(fetches) FILTER (WHERE verdict IN (0, 2)
                    AND reader_id IS NULL), 0),
               coalesce(sum(fetches) FILTER (WHERE verdict > 2
                    AND reader_id IS NOT NULL), 0),
               coalesce(sum(fetches) FILTER (WHERE verdict > 2
                    AND reader_id IS NULL), 0),
               coalesce(sum(nobodys) FILTER (WHERE verdict <= 2), 0),
               min(at) FILTER (WHERE verdict <= 2),
               max(last_at) FILTER (WHERE verdict <= 2)
          FROM fetched
         GROUP BY account_id, issue_id
         ORDER BY account_id, issue_id
        ON CONFLICT (account_id, issue_id) DO UPDATE
           SET human_named = o.human_named + excluded.human_named,
               human_unnamed = o.human_unnamed + excluded.human_unnamed,
               undecided_named = o.undecided_named + excluded.undecided_named,
               undecided_unnamed = o.undecided_unnamed
                                   + excluded.undecided_unnamed,
               machine_named = o.machine_named + excluded.machine_named,
               machine_unnamed = o.machine_unnamed + excluded.machine_unnamed,
               nobodys = o.nobodys + excluded.nobodys,
               first_at = least(o.first_at, excluded.first_at),
               last_at = greatest(o.last_at, excluded.last_at)
    ), openers AS (
        INSERT INTO mytwip.opener_bits AS b (account_id, issue_id, chunk,
                                             human, any_class)
        SELECT account_id, issue_id, (opener_group / 2048)::integer AS chunk,
               coalesce(bit_or(set_bit(B'0'::bit(2048),
                            (opener_group % 2048)::integer, 1))
                        FILTER (WHERE final = 1), B'0'::bit(2048)),
               bit_or(set_bit(B'0'::bit(2048),
                            (opener_group % 2048)::integer, 1))
          FROM judged
         WHERE opener_group IS NOT NULL AND final <= 2
         GROUP BY account_id, issue_id, chunk
         ORDER BY account_id, issue_id, chunk
        ON CONFLICT (account_id, issue_id, chunk) DO UPDATE
           SET human = b.human | excluded.human,
               any_class = b.any_class | excluded.any_class
         WHERE b.human <> b.human | excluded.human
            OR b.any_class <> b.any_class | excluded.any_class
    ), stored AS (
        INSERT INTO mytwip.open (account_id, at, id, issue_id, reader_id,
                                 fetches, agent, verdict)
        SELECT account_id, at, base + position, issue_id, reader_id, fetches,
               agent, verdict
          FROM fetched
    )
    SELECT array_agg(ROW(w.account_id, w.issue_id, w.domain, w.during,
                         w.readers - w.latest, w.latest, -1)
                         ::mytwip.domain_opens
                     ORDER BY w.issue_id, w.domain, w.during)
      INTO late
      FROM swept AS w
     WHERE w.readers > w.latest AND NOT w.known;

    IF late IS NOT NULL THEN
        PERFORM mytwip.match_sweeps(late);
    END IF;

END
$$;

COMMENT ON FUNCTION mytwip.store_opens(uuid, bigint, smallint[], bigint[],
    timestamptz[], bigint[], bigint[], smallint[], smallint[]) IS
'Stores and counts the opens of a batch, and puts what cannot be stored into rejected: part of store_events. patterns has verdicts found before, by position, or is null.';
