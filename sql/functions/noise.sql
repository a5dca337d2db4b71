-- The difference of two geometric variables: whole numbers around 0, of which
-- each is less likely than the one before by the same factor. The random
-- bytes are those of a UUID, which PostgreSQL takes from the system; random()
-- would tell its later numbers to who knows some, and can be given a seed.

CREATE FUNCTION mytwip.noise(k integer) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    -- 48 bits of each are random
    one    CONSTANT text := left(replace(gen_random_uuid()::text, '-', ''),
                                 12);
    two    CONSTANT text := left(replace(gen_random_uuid()::text, '-', ''),
                                 12);
    scale  CONSTANT double precision := k / 2.0;
    whole  CONSTANT double precision := 2.0 ^ 48;
BEGIN
    RETURN floor(-scale * ln((('x' || one)::bit(48)::bigint + 1) / whole))
         - floor(-scale * ln((('x' || two)::bit(48)::bigint + 1) / whole));
END
$$;

COMMENT ON FUNCTION mytwip.noise(integer) IS
'A random whole number, to be added to a count: discrete Laplace noise of scale k / 2. One person more or less in the count changes how likely any result is by a factor of e^(2/k) at most (differential privacy, epsilon 2/k). For k = 5 it is within 5 of 0 in 9 of 10 cases.';
