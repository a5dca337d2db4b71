-- Hits of traps, before the opens of their batch: here, in memory, a reader
-- without consent still has a number, so that the right open is judged.
-- Several hits of one mail in four seconds of a batch are one, of a named reader
-- the first and the last: whatever lies between them is within two seconds of
-- one of these. An unnamed hit is worth one open, and while that has not come it
-- is kept, once, with the group of opener_bits (as in store_opens) in which the
-- reader is. One of nobody is not kept: it would be worth anybody's open, as often
-- as it is sent.
--
-- As in store_opens, the plan must not depend on statistics.

CREATE FUNCTION mytwip.store_traps(segment uuid, base bigint,
    kinds smallint[], positions bigint[], times timestamptz[],
    issues bigint[], readers bigint[], codes smallint[],
    OUT patterns smallint[])
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET enable_bitmapscan = off
AS $$
BEGIN
    WITH event AS MATERIALIZED (
        SELECT e.*, i.account_id, coalesce(s.named_opens, false) AS named,
               CASE WHEN NOT s.named_opens
                    THEN mytwip.opener_group(e.reader_id, k.key,
                                             i.opener_groups)::integer
               END AS opener_group,
               CASE WHEN r.id IS NULL THEN nullif(e.reader_id, 0) END
                   AS unknown_reader_id,
               CASE WHEN i.id IS NULL THEN 'unknown_issue'
                    WHEN r.id IS NULL AND e.reader_id <> 0
                    THEN 'unknown_reader'
                    WHEN r.account_id <> i.account_id THEN 'foreign_reader'
                    WHEN (e.at BETWEEN w.oldest AND w.newest) IS NOT TRUE
                    THEN 'time_out_of_range'
               END AS reason
          FROM unnest(kinds, positions, times, issues, readers, codes)
               AS e (kind, position, at, issue_id, reader_id, code)
         CROSS JOIN mytwip.event_window() AS w
          LEFT JOIN mytwip.issue AS i ON i.id = e.issue_id
          LEFT JOIN mytwip.known_reader AS r ON r.id = e.reader_id
          LEFT JOIN LATERAL (
                SELECT k.key FROM mytwip.opener_key AS k
                 WHERE k.account_id = i.account_id AND k.issue_id = i.id
                OFFSET 0
               ) AS k ON true
          LEFT JOIN LATERAL (
                SELECT s.named_opens FROM mytwip.subscription AS s
                 WHERE s.account_id = i.account_id
                   AND s.reader_id = e.reader_id
                   AND s.newsletter_id = i.newsletter_id
                OFFSET 0
               ) AS s ON true
         WHERE e.kind = 6
    ), apart AS (
        INSERT INTO mytwip.rejected (segment, position, reason, kind, at,
                                     issue_id, reader_id, code)
        SELECT store_traps.segment, position, reason, kind, at, issue_id,
               unknown_reader_id, code
          FROM event
         WHERE reason IS NOT NULL
    ), hit AS MATERIALIZED (
        SELECT account_id, issue_id, reader_id, named, opener_group,
               min(at) AS at, max(at) AS last_at, min(position) AS position,
               max(position) AS last_position,
               date_bin('4 s', at, '2000-01-01 UTC') AS during
          FROM event
         WHERE reason IS NULL AND reader_id <> 0
         GROUP BY account_id, issue_id, reader_id, named, opener_group, during
    ), around AS MATERIALIZED (
        -- of one mail there may be thousands: they are found by the time too
        SELECT h.*, h.during + n * interval '4 s' AS near
          FROM hit AS h
         CROSS JOIN generate_series(-1, 1) AS n
    ), burst AS MATERIALIZED (
        SELECT o.n, h.position
          FROM unnest(kinds, times, issues, readers, codes) WITH ORDINALITY
               AS o (kind, at, issue_id, reader_id, code, n)
         CROSS JOIN mytwip.event_window() AS w
          LEFT JOIN around AS h
               ON h.issue_id = o.issue_id AND h.reader_id = o.reader_id
               AND h.near = mytwip.four_seconds(o.at, w.oldest, w.newest)
               AND (o.code BETWEEN 2 AND 4) IS NOT TRUE
               AND o.at BETWEEN h.at - interval '2 s'
                            AND h.last_at + interval '2 s'
         WHERE (o.kind BETWEEN 2 AND 9) IS NOT TRUE
    ), stored AS (
        INSERT INTO mytwip.trap (account_id, issue_id, at, id, reader_id,
                                 opener_group, matched)
        SELECT account_id, issue_id, at, base + id,
               CASE WHEN named THEN reader_id END, opener_group, matched
          FROM (SELECT h.*, EXISTS (SELECT FROM burst AS b
                                     WHERE b.position = h.position) AS matched
                  FROM (SELECT account_id, issue_id, at, position,
                               position AS id, reader_id, named, opener_group
                          FROM hit
                        UNION ALL
                        SELECT account_id, issue_id, last_at, position,
                               last_position, reader_id, named, opener_group
                          FROM hit
                         WHERE named AND last_at > at) AS h) AS h
         WHERE named OR opener_group IS NOT NULL AND NOT matched
    )
    SELECT array_agg(CASE WHEN b.position IS NOT NULL THEN 12 END::smallint
                     ORDER BY b.n)
      INTO patterns
      FROM (SELECT n, max(position) AS position FROM burst GROUP BY n) AS b;
END
$$;

COMMENT ON FUNCTION mytwip.store_traps(uuid, bigint, smallint[], bigint[],
    timestamptz[], bigint[], bigint[], smallint[]) IS
'Stores the hits of traps in a batch, and puts what cannot be stored into rejected: part of store_events. patterns has the verdict trap for the opens of the batch that are of the same mail and burst, in their order, and null for the others, as for what a proxy or a machine fetched, whose agent says it all.';
