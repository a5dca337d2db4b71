CREATE FUNCTION mytwip.refuse_change() RETURNS trigger
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    RAISE EXCEPTION 'mytwip.% is only appended to: % refused',
        TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'To withdraw a consent, call mytwip.withdraw_consent.';
END
$$;

COMMENT ON FUNCTION mytwip.refuse_change() IS
'Trigger of consent: refuses UPDATE, DELETE and TRUNCATE with 42501, to its owner too, as the ledger is the proof (GDPR art. 7(1)).';

CREATE TRIGGER consent_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON mytwip.consent
    FOR EACH STATEMENT EXECUTE FUNCTION mytwip.refuse_change();

ALTER TABLE mytwip.consent ENABLE ALWAYS TRIGGER consent_append_only;
