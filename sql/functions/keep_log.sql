CREATE FUNCTION mytwip.keep_log() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - (SELECT r.keep FROM mytwip.retention AS r
                              WHERE r.kind = 'dpo_log')
        THEN
            RETURN OLD;
        END IF;

    ELSIF (OLD.account_id, OLD.id, OLD.at, OLD.who, OLD.done, OLD.article)
          = (NEW.account_id, NEW.id, NEW.at, NEW.who, NEW.done, NEW.article)
          AND NEW.subject_kind = OLD.subject_kind
          AND NEW.subject_id IS NULL
          AND NEW.receipt IS NOT NULL
          AND (OLD.subject_kind = 'reader'
               AND EXISTS (SELECT FROM mytwip.erased_reader AS e
                            WHERE e.account_id = OLD.account_id
                              AND e.reader_id = OLD.subject_id)
               OR OLD.subject_kind = 'user'
               AND EXISTS (SELECT FROM mytwip.erased_user AS e
                            WHERE e.account_id = OLD.account_id
                              AND e.user_id = OLD.subject_id))
    THEN
        RETURN NEW;
    END IF;

    RAISE EXCEPTION 'mytwip.dpo_log is only appended to: % refused', TG_OP
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'It is kept as long as mytwip.retention says.';
END
$$;

COMMENT ON FUNCTION mytwip.keep_log() IS
'Trigger of dpo_log: refuses UPDATE and DELETE with 42501, to its owner too, but for the end of its retention, and for the number of somebody who was erased, in whose place that of the receipt comes.';

CREATE TRIGGER dpo_log_keep
    BEFORE UPDATE OR DELETE ON mytwip.dpo_log
    FOR EACH ROW EXECUTE FUNCTION mytwip.keep_log();

ALTER TABLE mytwip.dpo_log ENABLE ALWAYS TRIGGER dpo_log_keep;
