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
