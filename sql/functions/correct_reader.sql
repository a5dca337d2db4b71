-- The statement and the detail of an error would have the address in the
-- server's log. A caller's settings do not reach there; those of a function
-- do, as it is the owner's.

CREATE FUNCTION mytwip.correct_reader(reader_id bigint,
    email text DEFAULT NULL, language text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
SET log_min_error_statement = 'panic'
SET log_error_verbosity = 'terse'
AS $$
DECLARE
    account  CONSTANT bigint := mytwip.account_of('reader', reader_id);
BEGIN
    UPDATE mytwip.reader AS r
       SET email = coalesce(correct_reader.email, r.email),
           language = CASE WHEN correct_reader.language IS NULL
                           THEN r.language
                           ELSE nullif(correct_reader.language, '') END
     WHERE r.account_id = account AND r.id = reader_id;

    PERFORM mytwip.log_right('correct_reader', '16', account, 'reader',
                             reader_id);
EXCEPTION
    WHEN unique_violation THEN
        RAISE EXCEPTION 'another reader of account % has this address', account
            USING ERRCODE = 'unique_violation';
END
$$;

COMMENT ON FUNCTION mytwip.correct_reader(bigint, text, text) IS
'Corrects the address or the language of a reader (GDPR art. 16); null leaves what is there, an empty language is none of their own. Recorded in dpo_log, without the data; an error does not put it into the server''s log. Raises P0002 if there is no such reader, 23505 if the account has another with this address.';
