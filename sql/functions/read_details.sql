-- All in one block: nginx sends nothing that is not JSON, and a block for each
-- would cost more than the reading. If all the same one is not, in halves
-- until it is alone, as store_apart does.

CREATE FUNCTION mytwip.read_details(details text[]) RETURNS jsonb[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    n     CONSTANT integer := cardinality(details);
    half  CONSTANT integer := n / 2;
BEGIN
    BEGIN
        RETURN ARRAY(SELECT d::jsonb FROM unnest(details) AS d);
    EXCEPTION
        WHEN data_exception OR program_limit_exceeded THEN
            IF n = 1 THEN
                RETURN '{NULL}';
            END IF;
    END;

    RETURN mytwip.read_details(details[:half])
           || mytwip.read_details(details[half + 1:]);
END
$$;

COMMENT ON FUNCTION mytwip.read_details(text[]) IS
'The details of activities as JSON, null for what is none: part of store_activities.';
