CREATE FUNCTION mytwip.key_file() RETURNS text
LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT string_agg(id || ':' || encode(secret, 'hex')
                         || CASE WHEN compromised_at IS NULL THEN ''
                                 ELSE ':compromised' END, chr(10)
                      ORDER BY created_at DESC, id DESC)
      FROM (SELECT id, secret, created_at, compromised_at
              FROM mytwip.signing_key
             ORDER BY created_at DESC, id DESC
             LIMIT 64) AS newest;
END;

COMMENT ON FUNCTION mytwip.key_file() IS
'The text of the file for nginx''s directive mytwip_keys: id:hex a line, with :compromised behind it where that is so, newest first, the newest 64 as nginx takes no more. Null without keys. Write it with: (umask 077; psql -Atc ''SELECT mytwip.key_file()'' > FILE).';
