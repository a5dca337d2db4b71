-- Called for every batch: nearly always all events are of one day, which has
-- its partitions, and then this costs a look at the times and a few at the
-- catalogue. The name is the one that pg_partman 4 gives.
--
-- A day is looked for in every table, as each has its own retention, and not
-- only where this batch has rows: maintain() makes all of them.

CREATE FUNCTION mytwip.missing_days(times timestamptz[]) RETURNS date[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    accepted  record;
    days      date[];
BEGIN
    SELECT * INTO accepted FROM mytwip.event_window(NULL);

    SELECT ARRAY[min(t) AT TIME ZONE 'UTC', max(t) AT TIME ZONE 'UTC']::date[]
      INTO days
      FROM unnest(times) AS t
     WHERE t BETWEEN accepted.oldest AND accepted.newest;

    IF days[1] < days[2] THEN
        days := ARRAY(SELECT DISTINCT (t AT TIME ZONE 'UTC')::date
                        FROM unnest(times) AS t
                       WHERE t BETWEEN accepted.oldest AND accepted.newest);
    ELSE
        days := days[1:1];
    END IF;

    RETURN ARRAY(SELECT day FROM unnest(days) AS day
                  WHERE day IS NOT NULL
                    AND EXISTS (SELECT FROM unnest(mytwip.event_tables()) AS t
                                 WHERE to_regclass('mytwip.' || t
                                           || to_char(day::timestamp,
                                                      '"_p"YYYY_MM_DD'))
                                       IS NULL
                                   AND (day + 1)::timestamp AT TIME ZONE 'UTC'
                                       > (mytwip.event_window(t)).oldest)
                  ORDER BY day);
END
$$;

COMMENT ON FUNCTION mytwip.missing_days(timestamptz[]) IS
'The days (UTC) of these events for which a table of event_tables has no partition yet; times that ingest rejects have none.';
