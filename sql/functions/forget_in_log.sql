CREATE FUNCTION mytwip.forget_in_log(subject_kind text, account_id bigint,
    subject_id bigint, receipt uuid)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    UPDATE mytwip.dpo_log AS d
       SET subject_id = NULL, receipt = forget_in_log.receipt
     WHERE d.account_id = forget_in_log.account_id
       AND d.subject_kind = forget_in_log.subject_kind
       AND d.subject_id = forget_in_log.subject_id;
END
$$;

COMMENT ON FUNCTION mytwip.forget_in_log(text, bigint, bigint, uuid) IS
'Puts the number of the receipt in the place of the person''s in dpo_log: part of erase_reader and erase_user.';
