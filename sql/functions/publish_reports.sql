-- When an edition is made depends on the calendar alone, and what is in it on
-- nobody who reads it: an edition that waited for k more opens would tell by
-- its coming that they are there. An open is in one edition only, the first
-- after it, and has that edition's noise for ever.

CREATE FUNCTION mytwip.publish_reports(today date DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    -- days from one edition of an issue to the next
    gaps   CONSTANT integer[] := '{1,6,23}';
    days   CONSTANT integer := 28;
    least  CONSTANT integer := (SELECT g.k FROM mytwip.smallest_group AS g);
    made   bigint;
BEGIN
    today := coalesce(today, (now() AT TIME ZONE 'UTC')::date);

    -- one at a time; an advisory lock would be anybody's to hold
    LOCK TABLE mytwip.published_figure IN SHARE UPDATE EXCLUSIVE MODE;

    WITH due AS MATERIALIZED (
        SELECT f.account_id, f.about, f.id, f.measure, p.value, p.crowd,
               p.people,
               CASE p.way WHEN 'total' THEN f.edition + 1 ELSE 1 END AS noises,
               CASE p.way WHEN 'total' THEN f.estimate - f.counted
                          WHEN 'period' THEN -f.counted
                          ELSE 0 END + p.value + mytwip.noise(least)
                   AS estimate,
               CASE p.way WHEN 'period' THEN p.value - f.counted
                          ELSE p.value END AS size
          FROM mytwip.published_figure AS f
          JOIN mytwip.publishable AS p USING (account_id, about, id, measure)
         WHERE today - f.day >= CASE f.about WHEN 'issue'
                                     THEN gaps[f.edition + 1] ELSE days END
    )
    UPDATE mytwip.published_figure AS f
       SET edition = f.edition + 1, since = f.day, day = today, k = least,
           counted = d.value, estimate = d.estimate,
           shown = mytwip.coarse(d.size, d.estimate, d.crowd, d.people,
                                 d.noises, least)
      FROM due AS d
     WHERE (f.account_id, f.about, f.id, f.measure)
           = (d.account_id, d.about, d.id, d.measure);

    GET DIAGNOSTICS made = ROW_COUNT;

    -- from here the days are counted: not from the sending, nor from an open
    INSERT INTO mytwip.published_figure (account_id, about, id, measure,
                                         edition, day, k, counted, estimate)
    SELECT p.account_id, p.about, p.id, p.measure, 0, today, least, 0, 0
      FROM mytwip.publishable AS p
     WHERE NOT EXISTS (
            SELECT FROM mytwip.published_figure AS f
             WHERE (f.account_id, f.about, f.id, f.measure)
                   = (p.account_id, p.about, p.id, p.measure));

    RETURN made;
END
$$;

COMMENT ON FUNCTION mytwip.publish_reports(date) IS
'Publishes what veilleurs see and is due, and returns how many figures that was: of an issue 1, 7 and 30 days after this function first saw it, and then never again; of a newsletter every 28 days. Days are those of UTC. maintain calls it; for another today, for tests, call it as the owner.';
