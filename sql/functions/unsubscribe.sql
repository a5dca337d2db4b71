CREATE FUNCTION mytwip.unsubscribe(reader_id bigint, newsletter_id bigint,
    way text DEFAULT 'platform', reason text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    account  CONSTANT bigint := mytwip.lock_reader(reader_id, newsletter_id);
BEGIN
    RETURN mytwip.apply_request(account, reader_id, newsletter_id,
                                'unsubscribe', way, reason, NULL, NULL);
END
$$;

COMMENT ON FUNCTION mytwip.unsubscribe(bigint, bigint, text, text) IS
'Ends a subscription now, for the platform itself; the readers'' own requests come by ingest. Withdraws the consent to open_tracking for this newsletter, records both, and returns the id in mytwip.unsubscription. Also for a reader who is not subscribed: no import subscribes them then. way: one_click, form or platform; reason: too_many, not_relevant, never_subscribed, other or null. Sends NOTIFY mytwip_unsubscribe, {"id":..}, the id of the row in unsubscription, at commit: one each for all that has an effect, from nginx too; what holds is then in mytwip.subscription. Raises P0002 if no account has both.';
