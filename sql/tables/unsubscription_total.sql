CREATE TABLE mytwip.unsubscription_total (
    account_id     bigint NOT NULL,
    newsletter_id  bigint NOT NULL,
    month          date NOT NULL,
    action         text NOT NULL,
    way            text NOT NULL,
    reason         text NOT NULL,
    requests       bigint NOT NULL,
    PRIMARY KEY (account_id, newsletter_id, month, action, way, reason)
);

COMMENT ON TABLE mytwip.unsubscription_total IS
'What the requests of erased readers in unsubscription count for: by month (UTC), so that none can be told by its time. Add it to what is counted there. It names nobody.';
COMMENT ON COLUMN mytwip.unsubscription_total.requests IS
'How many readers they came from: repeated within the month, by the same way and for the same reason, they count once.';
COMMENT ON COLUMN mytwip.unsubscription_total.way IS
'As in unsubscription, as are action and reason; empty for null.';
