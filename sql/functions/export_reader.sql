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
