CREATE FUNCTION mytwip.answer_privacy_request(account_id bigint, id bigint,
    state text)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    reader  bigint;
BEGIN
    IF (state IN ('done', 'refused')) IS NOT TRUE THEN
        RAISE EXCEPTION 'there is no answer %', coalesce(state, 'of nothing')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Expected done or refused.';
    END IF;

    UPDATE mytwip.privacy_request AS p
       SET state = answer_privacy_request.state, closed_at = NULL
     WHERE p.account_id = answer_privacy_request.account_id
       AND p.id = answer_privacy_request.id
       AND p.state = 'open'
    RETURNING p.reader_id INTO reader;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'account % has no open request %', account_id, id
            USING ERRCODE = 'no_data_found';
    END IF;

    PERFORM mytwip.log_right('answer_privacy_request ' || state,
                             CASE state WHEN 'done' THEN '12(3)'
                                        ELSE '12(4)' END,
                             account_id, 'reader', reader);
END
$$;

COMMENT ON FUNCTION mytwip.answer_privacy_request(bigint, bigint, text) IS
'Closes an open request of privacy_request, now and for good: done, it was answered (GDPR art. 12(3)), or refused, with the reasons told to the reader (art. 12(4)). Recorded in dpo_log. Raises P0002 if there is no such request or it is closed, 22023 for another state.';
