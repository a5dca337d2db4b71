-- Faults of the caller, as opposed to events that cannot be stored: those go
-- to rejected.

CREATE FUNCTION mytwip.check_batch(from_position bigint, to_position bigint,
    kinds smallint[], positions bigint[], times timestamptz[],
    issues bigint[], readers bigint[], codes smallint[], details text[])
RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    n      CONSTANT integer := cardinality(positions);
    known  bigint;
    least  bigint;
    most   bigint;
BEGIN
    IF (from_position BETWEEN 4096 AND to_position
        AND to_position <= 4294967296) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'positions from % to % are not a part of a segment',
            from_position, to_position
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Expected 4096 <= from <= to <= 4294967296.';
    END IF;

    IF (cardinality(kinds) = n AND cardinality(times) = n
        AND cardinality(issues) = n AND cardinality(readers) = n
        AND cardinality(codes) = n
        AND coalesce(cardinality(details), n) = n) IS NOT TRUE
    THEN
        RAISE EXCEPTION 'arrays of a batch differ in length: % kinds, % positions, % times, % issues, % readers, % codes, % details',
            cardinality(kinds), n, cardinality(times), cardinality(issues),
            cardinality(readers), cardinality(codes), cardinality(details)
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    -- they are read by their numbers
    IF n > 0 AND (array_lower(kinds, 1) = 1 AND array_lower(positions, 1) = 1
                  AND array_lower(times, 1) = 1
                  AND array_lower(issues, 1) = 1
                  AND array_lower(readers, 1) = 1
                  AND array_lower(codes, 1) = 1
                  AND array_ndims(kinds) = 1 AND array_ndims(positions) = 1
                  AND array_ndims(times) = 1 AND array_ndims(issues) = 1
                  AND array_ndims(readers) = 1 AND array_ndims(codes) = 1
                  AND (details IS NULL OR array_lower(details, 1) = 1
                                          AND array_ndims(details) = 1))
               IS NOT TRUE
    THEN
        RAISE EXCEPTION 'arrays of a batch do not begin at 1, or have more dimensions than one'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;

    SELECT count(p), min(p), max(p) INTO known, least, most
      FROM unnest(positions) AS p;

    IF known <> n OR least < from_position OR most >= to_position THEN
        RAISE EXCEPTION 'a position of the batch is null or not from % to before %',
            from_position, to_position
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.check_batch(bigint, bigint, smallint[], bigint[],
    timestamptz[], bigint[], bigint[], smallint[], text[]) IS
'Raises 22023 if these are not parameters of one batch for ingest.';
