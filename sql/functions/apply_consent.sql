-- named_opens is derived from the ledger from both ends: when an entry comes,
-- and when a subscription does. Both lock the reader, so that neither misses
-- the other when they come at once.

CREATE FUNCTION mytwip.apply_consent() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    withdrawn  record;
BEGIN
    PERFORM FROM mytwip.reader AS r
      WHERE (r.account_id, r.id) IN (SELECT a.account_id, a.reader_id
                                       FROM added AS a)
      ORDER BY r.account_id, r.id
        FOR NO KEY UPDATE;

    UPDATE mytwip.subscription AS s
       SET named_opens = NOT s.named_opens      -- the trigger below decides
      FROM (SELECT DISTINCT account_id, reader_id FROM added) AS a
     WHERE s.account_id = a.account_id
       AND s.reader_id = a.reader_id
       AND s.named_opens <> mytwip.may_name(s.account_id, s.reader_id,
                                            s.newsletter_id);

    -- not of entries that a restore brings, of nobody who never agreed, and not
    -- when the reader only says again what holds: a loop on one link would
    -- have the database look through a year of opens each time
    FOR withdrawn IN
        SELECT DISTINCT a.account_id, a.reader_id
          FROM added AS a
          JOIN mytwip.consent AS c
            ON c.account_id = a.account_id
               AND c.reader_id = a.reader_id
               AND c.purpose = a.purpose
               AND c.granted
               AND (c.newsletter_id = a.newsletter_id
                    OR c.newsletter_id IS NULL OR a.newsletter_id IS NULL)
         WHERE NOT a.granted
           AND a.recorded_at >= now()
           AND NOT EXISTS (
                   SELECT FROM mytwip.consent AS w
                    WHERE w.account_id = a.account_id
                      AND w.reader_id = a.reader_id
                      AND w.purpose = a.purpose
                      AND NOT w.granted
                      AND w.method IN ('privacy_page', 'unsubscribe')
                      AND (w.at, w.id) > (c.at, c.id)
                      AND (w.newsletter_id IS NULL
                           OR w.newsletter_id
                              = coalesce(a.newsletter_id, c.newsletter_id))
                      AND w.id NOT IN (SELECT x.id FROM added AS x))
         ORDER BY a.account_id, a.reader_id
    LOOP
        PERFORM mytwip.unname_reader(withdrawn.account_id,
                                     withdrawn.reader_id);
    END LOOP;

    RETURN NULL;
END
$$;

COMMENT ON FUNCTION mytwip.apply_consent() IS
'Trigger of consent: brings subscription.named_opens in step with the entries added, and takes readers who have withdrawn out of the opens stored before (GDPR art. 7(3), 17(1)(b)).';

CREATE TRIGGER consent_apply
    AFTER INSERT ON mytwip.consent
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION mytwip.apply_consent();


CREATE FUNCTION mytwip.take_consent() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    PERFORM FROM mytwip.reader AS r
      WHERE r.account_id = NEW.account_id AND r.id = NEW.reader_id
        FOR NO KEY UPDATE;

    NEW.named_opens := mytwip.may_name(NEW.account_id, NEW.reader_id,
                                       NEW.newsletter_id);
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION mytwip.take_consent() IS
'Trigger of subscription: named_opens is what the ledger says, whatever was written.';

CREATE TRIGGER subscription_take_consent
    BEFORE INSERT
        OR UPDATE OF account_id, reader_id, newsletter_id, named_opens
    ON mytwip.subscription
    FOR EACH ROW EXECUTE FUNCTION mytwip.take_consent();
