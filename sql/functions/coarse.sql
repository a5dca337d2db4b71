-- The limit is so far above k that to see anything tells next to nothing of
-- whether the count is k or one less: it happens to a count of k once in
-- ninety times. The noise of a total grows with each edition, as the square
-- root of their number, and the limit with it. Of people, what is left of the
-- crowd is a group with the same limit.

CREATE FUNCTION mytwip.coarse(value bigint, estimate bigint, crowd bigint,
    people boolean, noises integer, k integer)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN crowd < 2 * k THEN NULL
                WHEN value < k THEN NULL
                WHEN people AND crowd - value < k THEN NULL
                WHEN estimate < k + ceil(2 * k * sqrt(noises::numeric))
                THEN NULL
                WHEN people AND crowd - estimate
                                < k + ceil(2 * k * sqrt(noises::numeric))
                THEN NULL
                ELSE round(estimate::numeric / k)::bigint * k
           END;
END;

COMMENT ON FUNCTION mytwip.coarse(bigint, bigint, bigint, boolean, integer,
    integer) IS
'What is shown of a count: its estimate, to the nearest multiple of k. Null: nothing, as the crowd is smaller than 2k, the count or (of people) its difference to the crowd smaller than k, or the estimate (of people, also its difference to the crowd) smaller than k + 2k times the square root of the number of noises in it.';
