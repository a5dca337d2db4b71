CREATE FUNCTION mytwip.mail_links(issue_id bigint, reader_id bigint)
RETURNS TABLE (pixel_url text, unsubscribe_url text, privacy_url text,
    list_unsubscribe text, list_unsubscribe_post text,
    trap_url text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    base         CONSTANT text := mytwip.base_url();
    unsubscribe  text;
    trap         boolean;
BEGIN
    SELECT n.trap INTO trap
      FROM mytwip.issue AS i
      JOIN mytwip.newsletter AS n
        ON n.account_id = i.account_id AND n.id = i.newsletter_id
      JOIN mytwip.subscription AS s
        ON s.account_id = i.account_id AND s.newsletter_id = i.newsletter_id
      JOIN mytwip.reader AS r
        ON r.account_id = s.account_id AND r.id = s.reader_id
      WHERE i.id = mail_links.issue_id
        AND s.reader_id = mail_links.reader_id
        AND s.status = 'subscribed'
        AND r.restricted_since IS NULL;

    IF NOT FOUND THEN
        RETURN;
    END IF;

    unsubscribe := base || '/u/' || mytwip.mint_token(2, issue_id, reader_id);

    RETURN QUERY SELECT
        base || '/o/' || mytwip.mint_token(1, issue_id, reader_id) || '.gif',
        unsubscribe,
        base || '/p/' || mytwip.mint_token(4, issue_id, reader_id),
        '<' || unsubscribe || '>',
        'List-Unsubscribe=One-Click',
        CASE WHEN trap THEN
             base || '/o/' || mytwip.mint_token(3, issue_id, reader_id)
             || '.gif' END;
END
$$;

COMMENT ON FUNCTION mytwip.mail_links(bigint, bigint) IS
'The links for the mail of this issue to this reader: the pixel, the unsubscribe and privacy pages, and the values of the headers List-Unsubscribe and List-Unsubscribe-Post (RFC 8058), both to be signed with DKIM. trap_url is a link that no person sees, by which machines give themselves away, if newsletter.trap is on, else null. No row for a reader who may not be mailed: unknown, of another account, not subscribed, or restricted. Raises 55000 without mytwip.base_url or without an active key.';
