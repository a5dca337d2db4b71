CREATE FUNCTION mytwip.mailed(issue_id bigint, reader_ids bigint[],
    at timestamptz DEFAULT now())
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    UPDATE mytwip.issue AS i SET mailed = true
     WHERE i.id = mailed.issue_id AND NOT i.mailed;

    UPDATE mytwip.subscription AS s
       SET mailed_issue = i.id, mailed_at = mailed.at
      FROM mytwip.issue AS i
     WHERE i.id = mailed.issue_id
       AND s.account_id = i.account_id
       AND s.newsletter_id = i.newsletter_id
       AND s.reader_id = ANY (mailed.reader_ids);
END
$$;

COMMENT ON FUNCTION mytwip.mailed(bigint, bigint[], timestamptz) IS
'Says when the mails of an issue to these readers were handed over, for a sending that takes longer than moments: opens within mytwip.machine_delay after that are of machines. Of each reader the last is kept. Optional; without it issue.sent_at counts, which is sure and finds less.';
