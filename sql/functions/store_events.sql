-- What readers wait for, activities and traps are taken out and stored first;
-- what is left is opens, and goes through store_opens untouched when there is
-- nothing else.

CREATE FUNCTION mytwip.store_events(segment uuid, base bigint,
    kinds smallint[], positions bigint[], times timestamptz[],
    issues bigint[], readers bigint[], codes smallint[], details text[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    all_issues  CONSTANT bigint[] := issues;
    all_times   CONSTANT timestamptz[] := times;
    patterns    smallint[];
BEGIN
    IF kinds && '{2,3,4,7,8,9}' THEN
        PERFORM mytwip.store_requests(segment, base, kinds, positions, times,
                                      issues, readers, codes);
    END IF;

    -- while nothing is locked that another batch may wait for
    PERFORM mytwip.unname_late();

    IF 1::smallint <> ANY (kinds) THEN
        IF 5::smallint = ANY (kinds) THEN
            PERFORM mytwip.store_activities(segment, base,
                        array_agg(e.position), array_agg(e.at),
                        array_agg(e.user_id), array_agg(e.code),
                        array_agg(e.details))
               FROM unnest(kinds, positions, times, readers, codes, details)
                    AS e (kind, position, at, user_id, code, details)
              WHERE e.kind = 5;
        END IF;

        IF 6::smallint = ANY (kinds) THEN
            patterns := mytwip.store_traps(segment, base, kinds, positions,
                                           times, issues, readers, codes);
        END IF;

        SELECT array_agg(e.kind), array_agg(e.position), array_agg(e.at),
               array_agg(e.issue_id), array_agg(e.reader_id),
               array_agg(e.code)
          INTO kinds, positions, times, issues, readers, codes
          FROM unnest(kinds, positions, times, issues, readers, codes)
               AS e (kind, position, at, issue_id, reader_id, code)
         WHERE (e.kind BETWEEN 2 AND 9) IS NOT TRUE;
    END IF;

    IF kinds IS NOT NULL THEN
        PERFORM mytwip.store_opens(segment, base, kinds, positions, times,
                                   issues, readers, codes, patterns);
    END IF;

    IF EXISTS (SELECT FROM mytwip.trap AS t WHERE NOT t.matched) THEN
        -- each issue once: every hit that waits is compared with all of them
        PERFORM mytwip.match_traps(
                    ARRAY(SELECT DISTINCT unnest(all_issues)), min(t), max(t))
           FROM unnest(all_times) AS t;
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.store_events(uuid, bigint, smallint[], bigint[],
    timestamptz[], bigint[], bigint[], smallint[], text[]) IS
'Stores the events of a batch, counts opens and activities, and puts what cannot be stored into rejected. base is what move_mark returned.';
