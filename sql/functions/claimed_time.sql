-- Nothing in here fails on a date that does not exist: were it an error to be
-- caught, a page could make it come with every event. What the pattern lets
-- through and no calendar has is the end of a month. A 60th second is a leap
-- second, of which PostgreSQL takes no fraction at the end of a day. An offset
-- is asked for, so that no time zone of ours comes into it, and no word such
-- as now.

CREATE FUNCTION mytwip.claimed_time(at jsonb) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE
           WHEN jsonb_typeof(at) = 'number' THEN
               CASE WHEN at::numeric BETWEEN 0 AND 253402300799999
                    THEN to_timestamp((at::numeric / 1000)::float8) END
           WHEN at #>> '{}' ~ '^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d(?:\.\d{1,9})?|60(?:\.0{1,9})?)(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)$'
           THEN
               CASE WHEN substr(at #>> '{}', 9, 2)::integer
                         <= CASE substr(at #>> '{}', 6, 2)
                            WHEN '02' THEN
                                extract(day FROM make_date(
                                    substr(at #>> '{}', 1, 4)::integer, 3, 1)
                                    - 1)
                            WHEN '04' THEN 30
                            WHEN '06' THEN 30
                            WHEN '09' THEN 30
                            WHEN '11' THEN 30
                            ELSE 31 END
                    THEN (at #>> '{}')::timestamptz END
           END;
END;

COMMENT ON FUNCTION mytwip.claimed_time(jsonb) IS
'The time that a client claims: a string as in RFC 3339 or milliseconds since 1970, from the year 1 to 9999; null for what is neither and for a date that does not exist.';
