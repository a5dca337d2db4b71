-- What the demo's page shows of the database: the report on issue 1, and the
-- last opens and activities as they are stored.

SELECT json_build_object(
           'reachable', true,
           'report', (SELECT to_json(r) FROM mytwip.issue_report AS r
                       WHERE issue_id = 1),
           'opens', (SELECT coalesce(json_agg(o), '[]')
                       FROM (SELECT to_char(at, 'HH24:MI:SS') AS at,
                                    reader_id
                               FROM mytwip.open
                              WHERE issue_id = 1
                              ORDER BY open.at DESC, id DESC
                              LIMIT 4) AS o),
           'activities', (SELECT coalesce(json_agg(a), '[]')
                            FROM (SELECT to_char(at, 'HH24:MI:SS') AS at,
                                         activity,
                                         concat_ws(' ', resource_id,
                                             properties ->> 'from', '→',
                                             properties ->> 'to') AS what
                                    FROM mytwip.activity
                                   ORDER BY activity.at DESC, id DESC
                                   LIMIT 4) AS a));
