CREATE FUNCTION mytwip.log_right(done text, article text,
    account_id bigint DEFAULT 0, subject_kind text DEFAULT NULL,
    subject_id bigint DEFAULT NULL, receipt uuid DEFAULT NULL)
RETURNS void
LANGUAGE sql
BEGIN ATOMIC
    INSERT INTO mytwip.dpo_log (account_id, done, article, subject_kind,
                                subject_id, receipt)
    VALUES (account_id, done, article, subject_kind, subject_id, receipt);
END;

COMMENT ON FUNCTION mytwip.log_right(text, text, bigint, text, bigint, uuid) IS
'Appends to dpo_log: what each function of mytwip_dpo does.';
