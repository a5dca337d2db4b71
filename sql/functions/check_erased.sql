-- A table that comes later, and that nobody told the erasure of, is an error
-- here and not somebody's data that stays.

CREATE FUNCTION mytwip.check_erased(subject_kind text, account_id bigint,
    subject_id bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    part   record;
    still  boolean;
BEGIN
    FOR part IN
        SELECT s.relation, s.condition FROM mytwip.subject_table AS s
         WHERE s.subject_kind = check_erased.subject_kind
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM mytwip.%I AS t
                                        WHERE %s AND $2 IS NOT NULL)',
                       part.relation, part.condition)
           INTO still USING subject_id, account_id;

        IF still THEN
            RAISE EXCEPTION 'mytwip.% still has rows of % %', part.relation,
                subject_kind, subject_id
                USING ERRCODE = 'internal_error',
                      HINT = 'Nothing was erased. The erasure does not know this table.';
        END IF;
    END LOOP;
END
$$;

COMMENT ON FUNCTION mytwip.check_erased(text, bigint, bigint) IS
'Raises XX000 if a table of subject_table still has a row of this person: part of erase_reader and erase_user.';
