-- How many groups an issue's unnamed readers make, set while nobody has
-- opened it: then the bits that are there keep their meaning. The key is made
-- here too, and not for what comes from a dump: its bits were set by another.

CREATE FUNCTION mytwip.set_opener_groups() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    subscribed  bigint;
    unnamed     bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        NEW.opener_groups := OLD.opener_groups;

        IF EXISTS (SELECT FROM mytwip.issue_opens AS o
                    WHERE o.account_id = NEW.account_id
                      AND o.issue_id = NEW.id)
        THEN
            RETURN NEW;
        END IF;

    ELSIF NEW.opener_groups > 0 THEN
        RETURN NEW;                             -- as from a dump
    END IF;

    SELECT count(*), count(*) FILTER (WHERE NOT s.named_opens)
      INTO subscribed, unnamed
      FROM mytwip.subscription AS s
     WHERE s.account_id = NEW.account_id
       AND s.newsletter_id = NEW.newsletter_id
       AND s.status = 'subscribed';

    IF NEW.recipients > 0 THEN
        unnamed := CASE WHEN subscribed = 0 THEN NEW.recipients
                   ELSE NEW.recipients::float8 * unnamed / subscribed END;
    END IF;

    INSERT INTO mytwip.opener_key (account_id, issue_id)
    VALUES (NEW.account_id, NEW.id)
    ON CONFLICT DO NOTHING;

    NEW.opener_groups := greatest(1, least(10000000, unnamed
                             / (2 * (SELECT k FROM mytwip.smallest_group))));
    RETURN NEW;
END
$$;

COMMENT ON FUNCTION mytwip.set_opener_groups() IS
'Trigger of issue: opener_groups is a 2k-th of the readers who get it and have not agreed to being measured, as far as they are like the whole list; and the issue has an opener_key.';

CREATE TRIGGER issue_set_opener_groups
    BEFORE INSERT
        OR UPDATE OF recipients, sent_at, opener_groups
    ON mytwip.issue
    FOR EACH ROW EXECUTE FUNCTION mytwip.set_opener_groups();
