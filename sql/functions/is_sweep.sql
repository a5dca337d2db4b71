-- Opens of a large domain come thick by themselves: at the height of a campaign
-- one of its readers in a thousand opens in four seconds, hardly ever one in
-- 100. Of a small domain it takes five.

CREATE FUNCTION mytwip.is_sweep(opened bigint, readers bigint)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT opened >= 5 AND opened * 100 >= readers;
END;

COMMENT ON FUNCTION mytwip.is_sweep(bigint, bigint) IS
'Whether so many opens within four seconds, of a domain with so many readers, are a machine''s.';
