-- What a reader asked for on the privacy page; the caller has locked the reader.
-- A withdrawal holds by whatever clock, as in apply_request: also one that comes
-- late, so that in doubt nobody is measured. A request has the time of the first.

CREATE FUNCTION mytwip.apply_privacy_request(account_id bigint,
    reader_id bigint, newsletter_id bigint, kind smallint, at timestamptz,
    event_id bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    heard  CONSTANT timestamptz := clock_timestamp();
    said   CONSTANT timestamptz := least(at, heard);
    asked  CONSTANT text := CASE kind WHEN 8 THEN 'access'
                                      WHEN 9 THEN 'erasure' END;
    entry  bigint;
BEGIN
    IF kind = 7 THEN
        INSERT INTO mytwip.consent (account_id, reader_id, purpose, granted,
                                    at, method, recorded_at)
        SELECT apply_privacy_request.account_id,
               apply_privacy_request.reader_id, 'open_tracking', false,
               greatest(said, max(c.at)), 'privacy_page', heard
          FROM mytwip.consent AS c
         WHERE c.account_id = apply_privacy_request.account_id
           AND c.reader_id = apply_privacy_request.reader_id
           AND c.purpose = 'open_tracking'
           AND c.granted;
        RETURN;
    END IF;

    UPDATE mytwip.privacy_request AS p
       SET at = least(p.at, said)
     WHERE p.account_id = apply_privacy_request.account_id
       AND p.reader_id = apply_privacy_request.reader_id
       AND p."right" = asked
       AND p.state = 'open';

    IF FOUND THEN
        RETURN;
    END IF;

    INSERT INTO mytwip.privacy_request AS p (account_id, reader_id,
                    newsletter_id, "right", at, recorded_at, event_id)
    VALUES (account_id, reader_id, newsletter_id, asked, said, heard,
            event_id)
    RETURNING p.id INTO entry;

    -- every role of the database may LISTEN: not what was asked
    PERFORM mytwip.tell('mytwip_privacy_request', format('{"id":%s}', entry));
END
$$;

COMMENT ON FUNCTION mytwip.apply_privacy_request(bigint, bigint, bigint,
    smallint, timestamptz, bigint) IS
'Applies an event of kind 7, 8 or 9: the withdrawal of the consent to open_tracking, for all newsletters of the account and also of a consent of which the entry has a later time (GDPR art. 7(3)), or a request of access (art. 15) or erasure (art. 17), which is notified on mytwip_privacy_request as {"id":..}. A request that is open already is not recorded again; it keeps the time when it was made first. Part of store_requests.';
