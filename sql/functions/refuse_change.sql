-- The argument of each trigger is what to do instead.

CREATE FUNCTION mytwip.refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'mytwip.% is only appended to: % refused',
        TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege', HINT = TG_ARGV[0];
END
$$;

COMMENT ON FUNCTION mytwip.refuse_change() IS
'Trigger of consent and unsubscription, the proof of what readers said (GDPR art. 7(1)), and of erased_reader, erased_user and dpo_log: refuses a change with 42501, to their owner too.';


-- A row leaves a ledger with its reader: the tombstone says so for ever, and is
-- not taken back. There is no switch that anybody could set instead.

CREATE FUNCTION mytwip.refuse_delete() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    IF EXISTS (SELECT FROM mytwip.erased_reader AS e
                WHERE e.account_id = OLD.account_id
                  AND e.reader_id = OLD.reader_id)
    THEN
        RETURN OLD;
    END IF;

    RAISE EXCEPTION 'mytwip.% is only appended to: DELETE refused',
        TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', HINT = TG_ARGV[0];
END
$$;

COMMENT ON FUNCTION mytwip.refuse_delete() IS
'Trigger of consent and unsubscription: refuses to delete a row with 42501, to their owner too, unless its reader is in erased_reader (GDPR art. 17).';

CREATE TRIGGER consent_append_only
    BEFORE UPDATE OR TRUNCATE ON mytwip.consent
    FOR EACH STATEMENT EXECUTE FUNCTION mytwip.refuse_change(
        'To withdraw a consent, call mytwip.withdraw_consent.');

ALTER TABLE mytwip.consent ENABLE ALWAYS TRIGGER consent_append_only;

CREATE TRIGGER consent_no_delete
    BEFORE DELETE ON mytwip.consent
    FOR EACH ROW EXECUTE FUNCTION mytwip.refuse_delete(
        'To withdraw a consent, call mytwip.withdraw_consent.');

ALTER TABLE mytwip.consent ENABLE ALWAYS TRIGGER consent_no_delete;

CREATE TRIGGER unsubscription_append_only
    BEFORE UPDATE OR TRUNCATE ON mytwip.unsubscription
    FOR EACH STATEMENT EXECUTE FUNCTION mytwip.refuse_change(
        'To subscribe or unsubscribe a reader, call mytwip.subscribe or mytwip.unsubscribe.');

ALTER TABLE mytwip.unsubscription
    ENABLE ALWAYS TRIGGER unsubscription_append_only;

CREATE TRIGGER unsubscription_no_delete
    BEFORE DELETE ON mytwip.unsubscription
    FOR EACH ROW EXECUTE FUNCTION mytwip.refuse_delete(
        'To subscribe or unsubscribe a reader, call mytwip.subscribe or mytwip.unsubscribe.');

ALTER TABLE mytwip.unsubscription
    ENABLE ALWAYS TRIGGER unsubscription_no_delete;

CREATE TRIGGER erased_reader_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON mytwip.erased_reader
    FOR EACH STATEMENT EXECUTE FUNCTION mytwip.refuse_change(
        'An erased reader does not come back.');

ALTER TABLE mytwip.erased_reader
    ENABLE ALWAYS TRIGGER erased_reader_append_only;

CREATE TRIGGER erased_user_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON mytwip.erased_user
    FOR EACH STATEMENT EXECUTE FUNCTION mytwip.refuse_change(
        'An erased user does not come back.');

ALTER TABLE mytwip.erased_user ENABLE ALWAYS TRIGGER erased_user_append_only;

CREATE TRIGGER dpo_log_append_only
    BEFORE TRUNCATE ON mytwip.dpo_log
    FOR EACH STATEMENT EXECUTE FUNCTION mytwip.refuse_change(
        'It is kept as long as mytwip.retention says.');

ALTER TABLE mytwip.dpo_log ENABLE ALWAYS TRIGGER dpo_log_append_only;
