-- Walks mytwip.subject_table, so that it is complete by itself. The meaning of
-- each field is what the catalogue says of the column. jsonb writes times as
-- ISO 8601, here in UTC; of an infinite one it says nothing, as there is none.

CREATE FUNCTION mytwip.export_rows(relation text, condition text,
    subject_id bigint, account_id bigint)
RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    answer  jsonb;
BEGIN
    EXECUTE format(
        'SELECT coalesce(jsonb_agg(x.fields ORDER BY x.fields), ''[]'')
           FROM (SELECT (SELECT jsonb_object_agg(f.key,
                                    CASE WHEN f.value IN (''"infinity"'',
                                                          ''"-infinity"'')
                                         THEN ''null'' ELSE f.value END)
                           FROM jsonb_each(to_jsonb(t)) AS f) AS fields
                   FROM mytwip.%I AS t
                  WHERE %s AND $2 IS NOT NULL) AS x', relation, condition)
       INTO answer USING subject_id, account_id;

    RETURN answer;
END
$$;

COMMENT ON FUNCTION mytwip.export_rows(text, text, bigint, bigint) IS
'The rows of a table that are of one person, as JSON: part of export_subject.';


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


CREATE FUNCTION mytwip.export_reader(reader_id bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    answer  CONSTANT jsonb := mytwip.export_subject('reader', reader_id);
BEGIN
    PERFORM mytwip.log_right('export_reader', '15, 20',
                (answer #>> '{controller,id}')::bigint, 'reader', reader_id);
    RETURN answer;
END
$$;

COMMENT ON FUNCTION mytwip.export_reader(bigint) IS
'Everything held about a reader, from every table (GDPR art. 15, 20): data has the rows of each table, meaning what their fields are, newsletters what the ids stand for, kept how long. Times are ISO 8601 in UTC. Give it to the person only, at the address on file. Recorded in dpo_log. Raises P0002 if there is no such reader.';


CREATE FUNCTION mytwip.export_user(user_id bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    answer  CONSTANT jsonb := mytwip.export_subject('user', user_id);
BEGIN
    PERFORM mytwip.log_right('export_user', '15, 20',
                (answer #>> '{controller,id}')::bigint, 'user', user_id);
    RETURN answer;
END
$$;

COMMENT ON FUNCTION mytwip.export_user(bigint) IS
'Everything held about a platform user, as export_reader.';
