-- One request of a reader, whom the caller has locked. It is recorded; the
-- status then follows by the triggers of subscription, in any order of coming.

CREATE FUNCTION mytwip.apply_request(account_id bigint, reader_id bigint,
    newsletter_id bigint, action text, way text, reason text, at timestamptz,
    event_id bigint)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    heard     CONSTANT timestamptz := clock_timestamp();
    all_left  CONSTANT record := mytwip.left_all(account_id, reader_id);
    own       mytwip.subscription;
    applied   boolean;
    entry     bigint;
BEGIN
    SELECT * INTO own FROM mytwip.subscription AS s
     WHERE s.account_id = apply_request.account_id
       AND s.reader_id = apply_request.reader_id
       AND s.newsletter_id = apply_request.newsletter_id;

    -- a clock that is ahead must not silence what is said until then
    at := CASE WHEN at IS NULL
               THEN greatest(date_trunc('milliseconds', heard), own.own_since,
                             all_left.at)
               ELSE least(at, heard) END;

    IF own.reader_id IS NULL THEN
        -- so that no import subscribes the reader unasked
        INSERT INTO mytwip.subscription AS s (account_id, reader_id,
                        newsletter_id, status, since, own_status, own_since)
        VALUES (account_id, reader_id, newsletter_id, 'unsubscribed', at,
                'unsubscribed', '-infinity')
        RETURNING * INTO own;
    END IF;

    applied := mytwip.has_effect(own, action, at, event_id IS NOT NULL);

    INSERT INTO mytwip.unsubscription AS u (account_id, at, recorded_at,
                    reader_id, newsletter_id, action, way, reason, applied,
                    event_id)
    VALUES (account_id, at, heard, reader_id, newsletter_id, action, way,
            reason, applied, event_id)
    RETURNING u.id INTO entry;

    IF action <> 'undo' THEN
        -- what ends a subscription ends the consent too, by whatever clock
        INSERT INTO mytwip.consent (account_id, reader_id, newsletter_id,
                        purpose, granted, at, method, recorded_at)
        SELECT apply_request.account_id, apply_request.reader_id,
               CASE WHEN action = 'unsubscribe'
                    THEN apply_request.newsletter_id END,
               'open_tracking', false,
               greatest(least(apply_request.at, heard), max(c.at)),
               'unsubscribe', heard
          FROM mytwip.consent AS c
         WHERE applied
           AND c.account_id = apply_request.account_id
           AND c.reader_id = apply_request.reader_id
           AND c.purpose = 'open_tracking'
           AND c.granted;
    END IF;

    IF action <> 'unsubscribe_all' AND at >= own.own_since THEN
        UPDATE mytwip.subscription AS s
           SET own_status = CASE action WHEN 'undo' THEN 'subscribed'
                                        ELSE 'unsubscribed' END,
               own_since = apply_request.at
         WHERE s.account_id = apply_request.account_id
           AND s.reader_id = apply_request.reader_id
           AND s.newsletter_id = apply_request.newsletter_id;
    END IF;

    IF action = 'unsubscribe_all' OR all_left.at IS NOT NULL THEN
        UPDATE mytwip.subscription AS s
           SET own_since = s.own_since          -- the trigger decides
         WHERE s.account_id = apply_request.account_id
           AND s.reader_id = apply_request.reader_id
           AND s.own_status = 'subscribed';
    END IF;

    -- every role of the database may LISTEN: it hears of a row that it may
    -- not read
    IF applied THEN
        PERFORM mytwip.tell('mytwip_unsubscribe', format('{"id":%s}', entry));
    END IF;

    RETURN entry;
END
$$;

COMMENT ON FUNCTION mytwip.apply_request(bigint, bigint, bigint, text, text,
    text, timestamptz, bigint) IS
'Records a request in unsubscription and the withdrawal of consent that it is, brings the reader''s subscriptions in step, and notifies. at null: now, as the last word. What unsubscribe and ingest do; call those.';
