-- Linear counting (Whang, Vander-Zanden, Taylor 1990). With every bit set it
-- has no answer: half a bit less is taken, and the error says how little that
-- means.

CREATE FUNCTION mytwip.estimate_openers(groups integer, set_bits bigint,
    OUT openers float8, OUT error float8)
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT groups * load,
           sqrt(groups * greatest(0, exp(load) - load - 1))
      FROM (SELECT -ln(1 - least(set_bits, groups - 0.5) / groups::float8))
           AS l (load);
END;

COMMENT ON FUNCTION mytwip.estimate_openers(integer, bigint) IS
'How many readers have set so many bits of so many groups, and the standard error of that.';
