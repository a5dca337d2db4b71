-- The status of a subscription, kept from all sides. Requests come in any
-- order, so it is not changed by them one after the other, but follows from
-- what is the same in any order: what was said last of this subscription
-- alone (own_status, own_since), and the reader's last unsubscribe_all.
--
-- The platform's word is timed in whole milliseconds, as are those that come
-- by nginx: of two in one, the request counts as the later.
--
-- Whoever is here has locked the reader, or writes by hand.

CREATE FUNCTION mytwip.take_status() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    all_left  CONSTANT record := mytwip.left_all(NEW.account_id,
                                                 NEW.reader_id);
    ended     CONSTANT boolean := NEW.own_status = 'subscribed'
                                  AND all_left.undone_at IS NULL
                                  AND coalesce(all_left.at >= NEW.own_since,
                                               false);
BEGIN
    NEW.status := CASE WHEN ended THEN 'unsubscribed' ELSE NEW.own_status END;

    IF NEW.status <> OLD.status THEN
        NEW.since := CASE WHEN NEW.own_since = OLD.own_since
                               AND NEW.own_status = OLD.own_status
                          THEN coalesce(all_left.undone_at, all_left.at)
                          ELSE NEW.own_since END;
    ELSIF NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NULL;                            -- nothing to write
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION mytwip.take_status() IS
'Trigger of subscription: status and since follow from own_status, own_since and the reader''s last unsubscribe_all.';

CREATE TRIGGER subscription_take_status
    BEFORE UPDATE OF own_status, own_since ON mytwip.subscription
    FOR EACH ROW EXECUTE FUNCTION mytwip.take_status();


-- By name it comes after subscription_take_consent, which locks the reader.

CREATE FUNCTION mytwip.take_new_status() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    all_left  record;
    last      text;
BEGIN
    IF NEW.own_since IS NOT NULL THEN
        RETURN NEW;                             -- complete, as from a dump
    END IF;

    all_left := mytwip.left_all(NEW.account_id, NEW.reader_id);

    SELECT u.action INTO last
      FROM mytwip.unsubscription AS u
     WHERE u.account_id = NEW.account_id
       AND u.reader_id = NEW.reader_id
       AND u.newsletter_id = NEW.newsletter_id
       AND u.action <> 'unsubscribe_all'
     ORDER BY u.at DESC, u.id DESC
     LIMIT 1;

    IF last = 'unsubscribe'
       OR all_left.at IS NOT NULL AND all_left.undone_at IS NULL
       OR mytwip.is_suppressed(NEW.account_id, NEW.reader_id)
    THEN
        NEW.status := 'unsubscribed';
    END IF;

    NEW.own_status := NEW.status;

    -- a first subscription is before all that the reader says of it, also by
    -- the clock of an nginx that is behind
    NEW.own_since := CASE WHEN NEW.status = 'subscribed' AND last IS NULL
                               AND all_left.at IS NULL
                          THEN '-infinity'
                          ELSE date_trunc('milliseconds', NEW.since) END;
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION mytwip.take_new_status() IS
'Trigger of subscription: what an import brings for a reader who has unsubscribed, from this newsletter or from all, or whose address is in suppression, is stored as unsubscribed. Against a first subscription any request of the reader counts, whatever its time.';

CREATE TRIGGER subscription_take_new_status
    BEFORE INSERT ON mytwip.subscription
    FOR EACH ROW EXECUTE FUNCTION mytwip.take_new_status();


CREATE FUNCTION mytwip.take_status_by_hand() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    IF NEW.status = 'subscribed' THEN
        RAISE EXCEPTION 'reader % has unsubscribed from newsletter %',
            NEW.reader_id, NEW.newsletter_id
            USING ERRCODE = 'object_not_in_prerequisite_state',
                  HINT = 'If the reader asks for it, call mytwip.subscribe. An import is INSERT ... ON CONFLICT DO NOTHING.';
    END IF;

    NEW.own_status := NEW.status;
    NEW.own_since := greatest(date_trunc('milliseconds', clock_timestamp()),
                              OLD.own_since);

    IF NEW.since = OLD.since THEN
        NEW.since := NEW.own_since;
    END IF;

    RETURN NEW;
END
$$;

COMMENT ON FUNCTION mytwip.take_status_by_hand() IS
'Trigger of subscription: unsubscribed, when written there, is what was last said, now; subscribed is refused with 55000, so that no import brings back who has left.';

CREATE TRIGGER subscription_take_status_by_hand
    BEFORE UPDATE OF status ON mytwip.subscription
    FOR EACH ROW WHEN (NEW.status <> OLD.status)
    EXECUTE FUNCTION mytwip.take_status_by_hand();
