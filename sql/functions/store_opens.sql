-- The hot path: one statement merges, looks up, sorts out, judges, stores and
-- counts the opens of a batch. What it costs is the rows that the executor forms
-- and reads: so they are few and narrow, with what is null at the end, and event
-- is the only one that is kept.
--
-- First the fetches of one mail within four seconds become one row, as in a
-- flood, by a sort that brings readers in order too: one search for a
-- subscription finds what the last one has brought into the processor's cache.
--
-- A reader with a subscription to the newsletter exists and is of its account
-- (foreign keys), so only the others are looked for in reader, by id alone:
-- a link names no account. (LIMIT, as the planner may hash all readers for an
-- EXISTS.)
--
-- The plan must not depend on statistics, which a restored database lacks.
-- OFFSET 0 keeps the search for a subscription whole: as a join, the planner
-- may look for the account and the newsletter alone, and read all of theirs.
--
-- Only here, in memory, an unnamed open has a reader. What is written has none:
-- a row for the fetches of one mail in 4 seconds, a bit for a group of readers.
-- (And, until maintain() deletes it after a day, a bit of domain_opens.seen, by
-- a hash whose key is when the server was started.)

-- -1: no open. Else the agent, plus 8 times a verdict found before.
CREATE FUNCTION mytwip.open_code(kind smallint, code smallint,
    pattern smallint)
RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN kind = 1
                THEN CASE WHEN code BETWEEN 0 AND 4 THEN code ELSE 0 END
                     + CASE WHEN pattern IS NULL THEN 0 ELSE 8 * pattern END
                ELSE -1 END;
END;

COMMENT ON FUNCTION mytwip.open_code(smallint, smallint, smallint) IS
'What store_opens tells fetches of one mail apart by, as one number.';


CREATE FUNCTION mytwip.four_seconds(at timestamptz, oldest timestamptz,
    newest timestamptz)
RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN at BETWEEN oldest AND newest
                THEN date_bin('4 s', at, '2000-01-01 UTC') END;
END;

COMMENT ON FUNCTION mytwip.four_seconds(timestamptz, timestamptz,
    timestamptz) IS
'When the four seconds of the clock began that a time is in; null if it is not from oldest to newest.';


CREATE FUNCTION mytwip.store_opens(segment uuid, base bigint,
    kinds smallint[], positions bigint[], times timestamptz[],
    issues bigint[], readers bigint[], codes smallint[], patterns smallint[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET enable_bitmapscan = off
AS $$
DECLARE
    accepted  record;
    delay     CONSTANT interval := mytwip.machine_delay();
    salt      CONSTANT bigint := 1000000 * extract(epoch FROM
                                     pg_postmaster_start_time());
    faults    CONSTANT text[] := '{unknown_kind, unknown_issue, unknown_reader,
                                   foreign_reader, time_out_of_range}';
    late      mytwip.domain_opens[];
BEGIN
    SELECT * INTO accepted FROM mytwip.event_window();

    WITH mail AS MATERIALIZED (
        SELECT i.*, k.key
          FROM (SELECT DISTINCT unnest(issues) AS id) AS u
         CROSS JOIN LATERAL (
                SELECT i.id, i.account_id, i.newsletter_id, i.sent_at,
                       i.opener_groups
                  FROM mytwip.issue AS i
                 WHERE i.id = u.id
                OFFSET 0
               ) AS i
          LEFT JOIN LATERAL (
                SELECT k.key FROM mytwip.opener_key AS k
                 WHERE k.account_id = i.account_id AND k.issue_id = i.id
                OFFSET 0
               ) AS k ON true
    ), fetched AS (
        SELECT reader_id, issue_id, code, during, min(at) AS at,
               max(at) AS last_at, min(position) AS position,
               count(*)::integer AS fetches
          FROM (SELECT readers[n] AS reader_id, issues[n] AS issue_id,
                       mytwip.open_code(kinds[n], codes[n], patterns[n])
                           AS code,
                       mytwip.four_seconds(times[n], accepted.oldest,
                                           accepted.newest) AS during,
                       times[n] AS at, positions[n] AS position
                  FROM generate_subscripts(kinds, 1) AS n
                 ORDER BY reader_id, issue_id, code, during) AS e
         GROUP BY reader_id, issue_id, code, during
    ), event AS MATERIALIZED (
        SELECT CASE WHEN s.named IS NOT NULL AND f.code >= 0
                         AND f.during IS NOT NULL THEN 0
                    WHEN f.code < 0 THEN 1
                    WHEN m.id IS NULL THEN 2
                    WHEN s.named IS NULL AND f.reader_id <> 0
                         AND (SELECT r.account_id
                                FROM mytwip.known_reader AS r
                               WHERE r.id = f.reader_id LIMIT 1) IS NULL
                    THEN 3
                    WHEN s.named IS NULL AND f.reader_id <> 0
                         AND (SELECT r.account_id
                                FROM mytwip.known_reader AS r
                               WHERE r.id = f.reader_id LIMIT 1)
                             <> m.account_id
                    THEN 4
                    WHEN f.during IS NULL THEN 5
                    ELSE 0 END AS fault,
               CASE WHEN f.code > 7 THEN f.code >> 3
                    WHEN f.code < 2
                         AND f.at < delay + CASE
                             WHEN s.mailed_issue = f.issue_id
                             THEN s.mailed_at ELSE m.sent_at END
                    THEN 10
                    ELSE f.code END AS verdict,
               f.issue_id, m.account_id, m.newsletter_id,
               CASE WHEN s.named THEN 2
                    WHEN f.reader_id <> 0 AND s.named IS NOT NULL
                         AND m.key IS NOT NULL THEN 1
                    ELSE 0 END AS naming,
               f.fetches, f.at, f.last_at, f.position, f.reader_id, f.code,
               f.during,
               CASE WHEN f.code < 2
                         AND coalesce(f.at < interval '1 hour' + CASE
                                 WHEN s.mailed_issue = f.issue_id
                                 THEN s.mailed_at ELSE m.sent_at END, true)
                    THEN s.domain END AS domain,
               CASE WHEN NOT s.named
                    THEN mytwip.opener_group(f.reader_id, m.key,
                                             m.opener_groups)
               END AS opener_group
          FROM fetched AS f
          LEFT JOIN mail AS m ON m.id = f.issue_id
          LEFT JOIN LATERAL (
                SELECT s.named_opens AS named, s.domain, s.mailed_issue,
                       s.mailed_at
                  FROM mytwip.subscription AS s
                 WHERE s.account_id = m.account_id
                   AND s.reader_id = f.reader_id
                   AND s.newsletter_id = m.newsletter_id
                OFFSET 0
               ) AS s ON true
    ), crowd AS (
        SELECT account_id, newsletter_id, issue_id, domain, during,
               count(DISTINCT reader_id)::integer AS n,
               bit_or(1::bigint << (hashint8extended(reader_id,
                                        salt # issue_id)
                                    & 63)::integer) AS seen
          FROM event
         WHERE domain IS NOT NULL AND verdict < 2 AND fault < 1
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
        SELECT w.*, mytwip.is_sweep(w.readers - w.latest, d.readers) AS known
          FROM watched AS w
          JOIN mytwip.issue AS i ON i.id = w.issue_id
          JOIN mytwip.mail_domain AS d
               ON d.account_id = w.account_id
               AND d.newsletter_id = i.newsletter_id AND d.domain = w.domain
         WHERE w.readers >= 5 AND w.seen = -1
           AND mytwip.is_sweep(w.readers, d.readers)
    ), judged AS NOT MATERIALIZED (
        SELECT e.*,
               CASE WHEN e.domain IS NULL OR e.verdict > 1 THEN e.verdict
                    WHEN (e.issue_id, e.domain, e.during) IN (
                         SELECT w.issue_id, w.domain, w.during
                           FROM swept AS w)
                    THEN 11
                    ELSE e.verdict END AS final
          FROM event AS e
         WHERE e.fault < 1
    ), tally AS MATERIALIZED (
        -- apart from counted, whose order would have it sorted
        SELECT min(account_id) AS account_id, issue_id, final, naming,
               sum(fetches) AS n, min(at) AS at, max(last_at) AS last_at
          FROM judged
         GROUP BY issue_id, final, naming
    ), counted AS (
        -- in key order, so that no two batches wait for each other
        INSERT INTO mytwip.issue_opens AS o (account_id, issue_id,
                    human_named, human_unnamed, undecided_named,
                    undecided_unnamed, machine_named, machine_unnamed,
                    nobodys, first_at, last_at)
        SELECT account_id, issue_id,
               coalesce(sum(n) FILTER (WHERE final = 1 AND naming = 2), 0),
               coalesce(sum(n) FILTER (WHERE final = 1 AND naming < 2), 0),
               coalesce(sum(n) FILTER (WHERE final IN (0, 2)
                                       AND naming = 2), 0),
               coalesce(sum(n) FILTER (WHERE final IN (0, 2)
                                       AND naming < 2), 0),
               coalesce(sum(n) FILTER (WHERE final > 2 AND naming = 2), 0),
               coalesce(sum(n) FILTER (WHERE final > 2 AND naming < 2), 0),
               coalesce(sum(n) FILTER (WHERE final <= 2 AND naming = 0), 0),
               min(at) FILTER (WHERE final <= 2),
               max(last_at) FILTER (WHERE final <= 2)
          FROM tally
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
         WHERE naming = 1 AND final <= 2
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
        SELECT account_id, at, base + position, issue_id,
               CASE WHEN naming = 2 THEN reader_id END, fetches,
               code & 7, final
          FROM judged
    ), apart AS (
        -- by event, of which a row of fetched may have several
        INSERT INTO mytwip.rejected (segment, position, reason, kind, at,
                                     issue_id, reader_id, code)
        SELECT store_opens.segment, positions[n], faults[e.fault], kinds[n],
               times[n], issues[n],
               CASE WHEN (SELECT r.id FROM mytwip.known_reader AS r
                           WHERE r.id = e.reader_id LIMIT 1) IS NULL
                    THEN nullif(e.reader_id, 0) END,
               codes[n]
          FROM (SELECT fault, reader_id,
                       ROW(reader_id, issue_id, code, during) AS key
                  FROM event
                 WHERE fault > 0) AS e
          JOIN (SELECT n, ROW(readers[n], issues[n],
                              mytwip.open_code(kinds[n], codes[n],
                                               patterns[n]),
                              mytwip.four_seconds(times[n], accepted.oldest,
                                                  accepted.newest)) AS key
                  FROM generate_subscripts(kinds, 1) AS n) AS u
               ON u.key = e.key
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
