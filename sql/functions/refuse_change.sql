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
'Trigger of consent and unsubscription: refuses UPDATE, DELETE and TRUNCATE with 42501, to their owner too, as they are the proof of what readers said (GDPR art. 7(1)).';

CREATE TRIGGER consent_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON mytwip.consent
    FOR EACH STATEMENT EXECUTE FUNCTION mytwip.refuse_change(
        'To withdraw a consent, call mytwip.withdraw_consent.');

ALTER TABLE mytwip.consent ENABLE ALWAYS TRIGGER consent_append_only;

CREATE TRIGGER unsubscription_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON mytwip.unsubscription
    FOR EACH STATEMENT EXECUTE FUNCTION mytwip.refuse_change(
        'To subscribe or unsubscribe a reader, call mytwip.subscribe or mytwip.unsubscribe.');

ALTER TABLE mytwip.unsubscription
    ENABLE ALWAYS TRIGGER unsubscription_append_only;
