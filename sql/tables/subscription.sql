-- status and since are what holds. They follow from own_status and own_since,
-- kept by triggers, and from the reader's unsubscribe_all in unsubscription:
-- see functions/take_status.sql.

CREATE TABLE mytwip.subscription (
    account_id     bigint NOT NULL,
    reader_id      bigint NOT NULL,
    newsletter_id  bigint NOT NULL,
    status         text NOT NULL DEFAULT 'subscribed'
                   CHECK (status IN ('subscribed', 'unsubscribed')),
    since          timestamptz NOT NULL DEFAULT now(),
    named_opens    boolean NOT NULL DEFAULT false,
    own_status     text NOT NULL
                   CHECK (own_status IN ('subscribed', 'unsubscribed')),
    own_since      timestamptz NOT NULL,
    domain         integer,
    mailed_issue   bigint,
    mailed_at      timestamptz,
    PRIMARY KEY (account_id, reader_id, newsletter_id),
    FOREIGN KEY (account_id, reader_id) REFERENCES mytwip.reader,
    FOREIGN KEY (account_id, newsletter_id) REFERENCES mytwip.newsletter,
    -- only an unsubscribe_all makes them differ
    CONSTRAINT subscription_own_check
        CHECK (status = own_status OR status = 'unsubscribed')
) WITH (fillfactor = 90);

-- Either index finds a subscription in one step: without statistics it does
-- not matter which one the planner takes.
CREATE INDEX subscription_newsletter_idx
    ON mytwip.subscription (account_id, newsletter_id, reader_id);

-- Where most readers have one subscription this is the shortest way to it, a
-- seventh of what ingest does for an open.
CREATE INDEX subscription_reader_idx
    ON mytwip.subscription USING hash (reader_id);

COMMENT ON TABLE mytwip.subscription IS
'Which reader gets which newsletter, and which reader is not to get it: a row that says unsubscribed keeps a later import from mailing them. An import is INSERT ... ON CONFLICT DO NOTHING; what it brings for a reader who has unsubscribed, from the newsletter or from all of the account, is stored as unsubscribed, also when the row had been deleted. Nothing but mytwip.subscribe, or the reader, makes unsubscribed subscribed.';
COMMENT ON COLUMN mytwip.subscription.status IS
'subscribed: mails may be sent; unsubscribed: they may not.';
COMMENT ON COLUMN mytwip.subscription.since IS
'Since when the status is what it is: the time of the request that made it so.';
COMMENT ON COLUMN mytwip.subscription.named_opens IS
'Whether opens may be stored with this reader: the consent to open_tracking that is in effect for this newsletter. Kept by triggers from the ledger mytwip.consent; what else is written to it is replaced.';
COMMENT ON COLUMN mytwip.subscription.own_status IS
'What was last said of this subscription alone; status is unsubscribed all the same while an unsubscribe_all ends it.';
COMMENT ON COLUMN mytwip.subscription.own_since IS
'When that was said; -infinity: nothing was, it is as first subscribed. A request that is older changes nothing.';
COMMENT ON COLUMN mytwip.subscription.domain IS
'Hash of the domain of the reader''s address, by which ingest sees that many readers of one domain open at once. Kept by triggers.';
COMMENT ON COLUMN mytwip.subscription.mailed_issue IS
'The issue handed over last for this reader, as mytwip.mailed was told; null: not told.';
COMMENT ON COLUMN mytwip.subscription.mailed_at IS
'When it was.';
