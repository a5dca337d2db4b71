-- A campaign of which the truth is known: who looked, and what every fetch was
-- made by. campaign.make invents one, campaign.push gives it to mytwip.ingest as
-- nginx would, campaign.matrix compares.
--
-- The world, in shares of readers:
--     45 % with one of 8 large providers, 15 % behind a relay that fetches at
--     delivery whether or not anybody looks, 40 % at companies with 1 to 400
--     readers (fewer where there are few in all), a third of which have a
--     gateway of one of three kinds;
--     60 % agreed to individual measuring, 35 % look, most within hours;
--     fetches by browsers and mail clients look the same to nginx (agent 1).
-- The gateways:
--     delivery  fetches within 5 seconds of delivery, with a browser's name
--     links     fetches the pixel and follows every link, the trap too, within
--               two seconds, seconds to minutes after delivery
--     sweep     fetches the mails of all the domain's readers in a row, 20 a
--               second, minutes after delivery
-- Mails are handed over 200 a second, and mytwip.mailed is told in hundreds.

CREATE SCHEMA campaign;

CREATE TABLE campaign.reader (
    issue bigint, id bigint, domain text, relay boolean, gateway text,
    named boolean, looks boolean, delivered timestamptz
);

CREATE TABLE campaign.event (
    issue bigint, reader bigint, at timestamptz, kind smallint,
    agent smallint, truth text
);


-- With the same seed and number, the same campaign. Of those before, nothing
-- stays here.
CREATE FUNCTION campaign.make(seed integer, readers integer) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    issue_id  bigint := seed + 1000000;
    first     CONSTANT bigint := 1000000000::bigint * (seed + 1);
    sent      CONSTANT timestamptz := date_trunc('hour', now())
                                      - interval '50 hours';
    largest   CONSTANT integer := least(400, greatest(10, readers / 100));
BEGIN
    PERFORM setseed((seed % 1000) / 1000.0);

    TRUNCATE campaign.reader, campaign.event;

    INSERT INTO mytwip.account (id, name, region)
    VALUES (issue_id, 'campaign ' || seed, 'FR');
    INSERT INTO mytwip.newsletter (account_id, id, title, sender_address, trap)
    VALUES (issue_id, issue_id, 'campaign', 'news@example.org', true);

    -- companies: the first eight are as large as any, then sizes fall with
    -- the rank
    CREATE TEMPORARY TABLE company ON COMMIT DROP AS
    SELECT format('company%s.example', rank) AS domain,
           sum(size) OVER (ORDER BY rank) AS until,
           CASE WHEN random() < 0.33
                THEN (ARRAY['delivery', 'links', 'sweep'])
                     [CASE WHEN size < 10 THEN 1 + floor(random() * 2)
                      ELSE 1 + floor(random() * 3) END::integer]
           END AS gateway
      FROM (SELECT rank, greatest(1, least(largest, largest * 8 / rank)) AS size
              FROM generate_series(1, readers) AS rank) AS c;
    CREATE INDEX ON company (until);

    INSERT INTO campaign.reader
    SELECT issue_id, first + n,
           CASE WHEN r.w < 0.60 THEN format('large%s.example',
                                            floor(r.w / 0.60 * 8))
                ELSE c.domain END,
           r.w < 0.15,
           CASE WHEN r.w >= 0.60 THEN c.gateway END,
           r.consent < 0.6, r.look < 0.35,
           sent + r.place * readers / 200.0 * interval '1 s'
      FROM (SELECT n, random() AS w, random() AS consent, random() AS look,
                   random() AS place
              FROM generate_series(1, readers) AS n) AS r
      LEFT JOIN LATERAL (
            SELECT c.domain, c.gateway FROM company AS c
             WHERE r.w >= 0.60
               AND c.until >= ceil((r.w - 0.60) * readers)::bigint
             ORDER BY c.until LIMIT 1) AS c ON true;

    INSERT INTO mytwip.reader (account_id, id, email)
    SELECT issue_id, r.id, 'r' || r.id || '@' || r.domain
      FROM campaign.reader AS r WHERE r.issue = issue_id;

    -- before the subscriptions, which look it up
    INSERT INTO mytwip.consent (account_id, reader_id, purpose, granted,
                                method, wording)
    SELECT issue_id, r.id, 'open_tracking', true, 'form', 'I agree.'
      FROM campaign.reader AS r WHERE r.issue = issue_id AND r.named;

    -- as a first subscription is stored, and as mytwip.mailed would have it
    -- that was called for each hundred
    INSERT INTO mytwip.subscription (account_id, reader_id, newsletter_id,
                                     own_status, own_since, mailed_issue,
                                     mailed_at)
    SELECT issue_id, r.id, issue_id, 'subscribed', '-infinity', issue_id,
           min(r.delivered) OVER (PARTITION BY r.part)
      FROM (SELECT r.*, row_number() OVER (ORDER BY r.delivered) / 100 AS part
              FROM campaign.reader AS r WHERE r.issue = issue_id) AS r;

    INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject, sent_at,
                              recipients, mailed)
    VALUES (issue_id, issue_id, issue_id, 'campaign', sent, readers, true);

    PERFORM campaign.make_events(issue_id);
    RETURN issue_id;
END
$$;


CREATE FUNCTION campaign.make_events(issue_id bigint) RETURNS void
LANGUAGE sql
AS $$
    -- people: a delay with a median of an hour and a half, and now and then
    -- once more, but before now; one client in 50 is not known to the rules;
    -- some forward it
    INSERT INTO campaign.event
    SELECT issue_id, r.id,
           r.delivered + interval '15 s'
           + least(exp(8.6 + 1.3 * sqrt(-2 * ln(1 - random()))
                                 * cos(2 * pi() * random())) * interval '1 s'
                   + again.n * random() * interval '8 hours',
                   (44 - random()) * interval '1 hour'),
           1, CASE WHEN random() < 0.02 THEN 0 ELSE 1 END, 'person'
      FROM campaign.reader AS r
     CROSS JOIN LATERAL generate_series(0, floor(-ln(1 - random()) * 0.6
                            + (r.id = 0)::integer)::integer) AS again (n)
     WHERE r.issue = issue_id AND r.looks AND NOT r.relay;

    INSERT INTO campaign.event
    SELECT issue_id, e.reader, e.at + random() * interval '5 hours', 1, 1,
           'forwarded'
      FROM campaign.event AS e
     WHERE e.issue = issue_id AND e.truth = 'person' AND random() < 0.02;

    -- relays
    INSERT INTO campaign.event
    SELECT issue_id, r.id, r.delivered + random() * interval '60 s', 1, 2,
           'relay'
      FROM campaign.reader AS r
     WHERE r.issue = issue_id AND r.relay AND (random() < 0.9 OR r.looks);

    -- gateways
    INSERT INTO campaign.event
    SELECT issue_id, r.id, r.delivered + random() * interval '5 s', 1, 1,
           'delivery'
      FROM campaign.reader AS r
     WHERE r.issue = issue_id AND r.gateway = 'delivery';

    WITH visit AS MATERIALIZED (
        SELECT r.id, r.delivered + (5 + 295 * random()) * interval '1 s' AS at,
               random() * interval '2 s' AS gap
          FROM campaign.reader AS r
         WHERE r.issue = issue_id AND r.gateway = 'links'
    )
    INSERT INTO campaign.event
    SELECT issue_id, id, at, 1, 1, 'links' FROM visit
    UNION ALL
    SELECT issue_id, id, at + gap, 6, 1, 'trap' FROM visit;

    INSERT INTO campaign.event
    SELECT issue_id, r.id,
           r.since + (random() + row_number() OVER (PARTITION BY r.domain))
                     / 20.0 * interval '1 s', 1, 1, 'sweep'
      FROM (SELECT r.*, max(r.delivered) OVER (PARTITION BY r.domain)
                        + interval '7 min' AS since
              FROM campaign.reader AS r
             WHERE r.issue = issue_id AND r.gateway = 'sweep') AS r;

    -- crawlers
    INSERT INTO campaign.event
    SELECT issue_id, r.id, r.delivered + random() * interval '20 hours', 1, 3,
           'crawler'
      FROM campaign.reader AS r
     WHERE r.issue = issue_id AND random() < 0.01;
$$;


-- Gives all events to ingest, each 200 ms of them as a statement and a
-- transaction, as nginx has it.
CREATE PROCEDURE campaign.push(issue_id bigint)
LANGUAGE plpgsql
AS $$
DECLARE
    segment  CONSTANT uuid := gen_random_uuid();
    mark     bigint := 4096;
    until    bigint;
    batch    record;
BEGIN
    FOR batch IN
        SELECT array_agg(e.kind ORDER BY e.at) AS kinds,
               array_agg(e.at ORDER BY e.at) AS times,
               array_agg(e.issue) AS issues,
               array_agg(e.reader ORDER BY e.at) AS readers,
               array_agg(e.agent ORDER BY e.at) AS codes
          FROM campaign.event AS e
         WHERE e.issue = issue_id
         GROUP BY date_bin('200 ms', e.at, '2000-01-01 UTC')
         ORDER BY date_bin('200 ms', e.at, '2000-01-01 UTC')
    LOOP
        until := mark + 40 * cardinality(batch.kinds);

        IF mytwip.ingest(segment, mark, until, batch.kinds,
               ARRAY(SELECT generate_series(mark, until - 40, 40)),
               batch.times, batch.issues, batch.readers, batch.codes) <> until
        THEN
            RAISE EXCEPTION 'ingest did not take a batch';
        END IF;

        COMMIT;
        mark := until;
    END LOOP;
END
$$;


-- Fetches by what they were and what they were taken for. Unnamed opens cannot
-- be told one from the other, and are compared by their numbers in each ten
-- seconds: people are taken for the human ones as far as there are such.
CREATE FUNCTION campaign.matrix(issue_id bigint)
RETURNS TABLE (named boolean, truth text, class text, n bigint)
LANGUAGE sql
AS $$
    WITH was AS (
        SELECT CASE WHEN r.named THEN e.reader END AS reader, e.agent,
               date_bin('10 s', e.at, '2000-01-01 UTC') AS during, e.truth,
               row_number() OVER (
                   PARTITION BY CASE WHEN r.named THEN e.reader END, e.agent,
                                date_bin('10 s', e.at, '2000-01-01 UTC')
                       ORDER BY e.truth NOT IN ('person', 'forwarded'),
                                e.truth) AS place
          FROM campaign.event AS e
          JOIN campaign.reader AS r ON r.id = e.reader
         WHERE e.issue = issue_id AND e.kind = 1
    ), found AS (
        SELECT o.reader_id AS reader, o.agent,
               date_bin('10 s', o.at, '2000-01-01 UTC') AS during, v.class,
               row_number() OVER (
                   PARTITION BY o.reader_id, o.agent,
                                date_bin('10 s', o.at, '2000-01-01 UTC')
                       ORDER BY v.class <> 'human', v.class) AS place
          FROM mytwip.open AS o
          JOIN mytwip.verdict AS v ON v.code = o.verdict
         CROSS JOIN generate_series(1, o.fetches)
         WHERE o.issue_id = matrix.issue_id
    )
    SELECT who <> 0, w.truth, f.class, count(*)
      FROM (SELECT *, coalesce(reader, 0) AS who FROM was) AS w
      FULL JOIN (SELECT *, coalesce(reader, 0) AS who FROM found) AS f
           USING (who, agent, during, place)
     GROUP BY 1, 2, 3
     ORDER BY 1, 2, 3;
$$;


CREATE FUNCTION campaign.rate(issue_id bigint, OUT truth numeric,
    OUT low numeric, OUT high numeric)
LANGUAGE sql
AS $$
    SELECT (SELECT 100.0 * count(*) FILTER (WHERE r.looks) / count(*)
              FROM campaign.reader AS r WHERE r.issue = issue_id),
           f.open_rate_low, f.open_rate_high
      FROM mytwip.issue_figures AS f WHERE f.issue_id = rate.issue_id;
$$;
