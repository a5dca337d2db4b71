-- hmac() is bound here and now: the body is parsed once, at creation.

CREATE FUNCTION mytwip.token(kind integer, key_id integer, secret bytea,
    issue bigint, reader bigint)
RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT translate(encode(m || substr(hmac(m, secret, 'sha256'), 1, 16),
                            'base64'), '+/', '-_')
      FROM (SELECT '\x01'::bytea || substr(int4send(kind), 4)
                   || substr(int4send(key_id), 3)
                   || int8send(issue) || int8send(reader)) AS signed (m);
END;

COMMENT ON FUNCTION mytwip.token(integer, integer, bytea, bigint, bigint) IS
'A token as nginx verifies it, 48 characters of base64url: version 1, kind (1 pixel, 2 unsubscribe, 3 link, 4 privacy, 5 session), key id, issue, reader, and the first 128 bits of HMAC-SHA256 of these. That of a session has its end, in seconds since 1970, for the issue, and a platform user for the reader.';
