CREATE FUNCTION mytwip.erasure_receipt(receipt uuid, account_id bigint,
    erased jsonb, kept jsonb)
RETURNS jsonb
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
SET timezone = 'UTC'
AS $$
BEGIN
    RETURN jsonb_build_object(
        'receipt', receipt, 'erased_at', clock_timestamp(), 'article', '17',
        'controller', (SELECT a.name FROM mytwip.account AS a
                        WHERE a.id = account_id),
        'erased', erased, 'kept', kept,
        'tell', (SELECT coalesce(jsonb_agg(DISTINCT r.role ORDER BY r.role),
                                 '[]')
                   FROM mytwip.recipient AS r
                  WHERE r.names));
END
$$;

COMMENT ON FUNCTION mytwip.erasure_receipt(uuid, bigint, jsonb, jsonb) IS
'The receipt of an erasure, without the person: part of erase_reader and erase_user. tell: the roles that may have been given who it was, and are to be told (GDPR art. 19).';
