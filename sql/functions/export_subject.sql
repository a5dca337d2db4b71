CREATE FUNCTION mytwip.export_subject(subject_kind text, subject_id bigint)
RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET timezone = 'UTC'
AS $$
DECLARE
    account  CONSTANT bigint := mytwip.account_of(subject_kind, subject_id);
    tables   jsonb := '{}';
    fields   jsonb := '{}';
    part     record;
BEGIN
    FOR part IN
        SELECT s.relation, s.condition,
               (SELECT jsonb_strip_nulls(jsonb_object_agg(a.attname,
                           col_description(a.attrelid, a.attnum)))
                  FROM pg_attribute AS a
                 WHERE a.attrelid = ('mytwip.' || s.relation)::regclass
                   AND a.attnum > 0 AND NOT a.attisdropped) AS columns,
               obj_description(('mytwip.' || s.relation)::regclass,
                               'pg_class') AS about
          FROM mytwip.subject_table AS s
         WHERE s.subject_kind = export_subject.subject_kind
         ORDER BY s.relation
    LOOP
        tables := tables || jsonb_build_object(part.relation,
                      mytwip.export_rows(part.relation, part.condition,
                                         subject_id, account));
        fields := fields || jsonb_build_object(part.relation,
                      jsonb_build_object('about', part.about)
                      || part.columns);
    END LOOP;

    RETURN jsonb_build_object(
        'format', 'mytwip.' || subject_kind, 'version', 1,
        'exported_at', clock_timestamp(),
        'controller', (SELECT to_jsonb(a) FROM mytwip.account AS a
                        WHERE a.id = account),
        'newsletters', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                                   'id', n.id, 'title', n.title)
                                   ORDER BY n.id), '[]')
                          FROM mytwip.newsletter AS n
                         WHERE n.account_id = account),
        'kept', (SELECT jsonb_object_agg(r.kind, jsonb_build_object(
                            'keep', r.keep::text, 'why', r.why))
                   FROM mytwip.retention AS r),
        'data', tables, 'meaning', fields);
END
$$;

COMMENT ON FUNCTION mytwip.export_subject(text, bigint) IS
'What export_reader and export_user return; call those.';
