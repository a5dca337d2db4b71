CREATE FUNCTION mytwip.opener_group(reader_id bigint, key bigint,
    groups integer)
RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT (hashint8extended(reader_id, key) & 9223372036854775807) % groups;
END;

COMMENT ON FUNCTION mytwip.opener_group(bigint, bigint, integer) IS
'In which group of opener_bits a reader is, by the key of the issue (opener_key); null without a key.';
