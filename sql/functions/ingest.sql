-- Partitions first, before any row is locked. No SET clause, so that
-- maintain() sees the caller's search_path: all names have their schema.

CREATE FUNCTION mytwip.ingest(segment uuid, from_position bigint,
    to_position bigint, kinds smallint[], positions bigint[],
    times timestamptz[], issues bigint[], readers bigint[], codes smallint[],
    details text[] DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
AS $$
DECLARE
    days  CONSTANT pg_catalog.date[] := mytwip.missing_days(times);
BEGIN
    IF pg_catalog.cardinality(days) OPERATOR(pg_catalog.>) 0 THEN
        PERFORM mytwip.maintain(days);
    END IF;

    RETURN mytwip.ingest_batch(segment, from_position, to_position, kinds,
                               positions, times, issues, readers, codes,
                               details, false);
END
$$;

COMMENT ON FUNCTION mytwip.ingest(uuid, bigint, bigint, smallint[], bigint[],
    timestamptz[], bigint[], bigint[], smallint[], text[]) IS
'Stores the events of a journal segment from from_position to before to_position (bytes) and moves its mark, in one transaction. Returns the mark after the call: to_position when stored; the true mark, with nothing stored, when the mark was not from_position. A segment not seen before is at 4096. Events are parallel arrays. Kind 1 is an open; its code is the agent: 0 unknown, 1 human, 2 proxy, 3 bot, 4 prefetch, others count as 0; reader 0: the reader objected. The reader is stored only with the consent now in effect (ePrivacy art. 5(3)); without it the open counts all the same. Kinds 2 to 4 are requests of the reader: 2 unsubscribe from the newsletter of the issue, 3 from all of the account, 4 undo (see mytwip.unsubscription); their code is the way, 1 one_click or 2 form, plus 16 times the reason, 0 none, 1 too_many, 2 not_relevant, 3 never_subscribed, 4 other. They take effect in the order of their times, in whichever order they come. Kinds 7 to 9 come from the privacy page: 7 withdraws the consent to open_tracking in all of the account, 8 asks for access and 9 for erasure (see mytwip.privacy_request). Kind 5 is an activity (see mytwip.activity): readers has the user, 0 nobody known; the code is the way, 1 beacon, 2 mytwip_log, 3 rule; issues is not looked at; details has its JSON, {"activity": slug, "resource": {"type": slug, "id": string or number}, "at": string as in RFC 3339 or milliseconds since 1970, "properties": object}, of which only activity is needed. Kind 6 is a hit of a trap (mail_links.trap_url), with what an open has. For other kinds details is null, and without an activity in the batch it may be null altogether. What cannot be stored goes to rejected. Raises 22023 if from_position > to_position, the arrays differ in length or do not begin at 1, or a position is outside the batch.';
