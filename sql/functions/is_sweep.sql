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


-- One whose mail client fetches five times within four seconds may come in five
-- batches, and so may two. That three or more of five readers have no bit of
-- their own hardly ever happens.

CREATE FUNCTION mytwip.forget_crowd(seen bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN bit_count(seen::bit(64)) > 2 THEN -1 ELSE seen END;
END;

COMMENT ON FUNCTION mytwip.forget_crowd(bigint) IS
'The bits of domain_opens.seen that are still of use.';
