-- Opens of a large domain come thick by themselves: at the height of a campaign
-- one of its readers in a thousand opens in four seconds, hardly ever one in
-- 100. Of a small domain it takes five. Large ones are counted by maintain().

CREATE FUNCTION mytwip.is_sweep(account_id bigint, domain integer, n bigint)
RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    readers  bigint;
BEGIN
    IF n < 5 THEN
        RETURN false;
    END IF;

    SELECT d.readers INTO readers
      FROM mytwip.large_domain AS d
     WHERE d.account_id = is_sweep.account_id AND d.domain = is_sweep.domain;

    IF readers IS NULL THEN
        SELECT count(*) INTO readers
          FROM (SELECT FROM mytwip.reader AS r
                 WHERE r.account_id = is_sweep.account_id
                   AND mytwip.domain(r.email) = is_sweep.domain
                 LIMIT 1000) AS counted;

        IF readers = 1000 THEN
            RETURN false;                       -- how many is not known yet
        END IF;
    END IF;

    RETURN readers <= n * 100;
END
$$;

COMMENT ON FUNCTION mytwip.is_sweep(bigint, integer, bigint) IS
'Whether opens of n readers of one domain within four seconds are a machine''s: five at least, and one in 100 of the domain''s readers.';
