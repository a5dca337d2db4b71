CREATE TABLE mytwip.subscription (
    account_id     bigint NOT NULL,
    reader_id      bigint NOT NULL,
    newsletter_id  bigint NOT NULL,
    status         text NOT NULL DEFAULT 'subscribed'
                   CHECK (status IN ('subscribed', 'unsubscribed')),
    since          timestamptz NOT NULL DEFAULT now(),
    named_opens    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (account_id, reader_id, newsletter_id),
    FOREIGN KEY (account_id, reader_id) REFERENCES mytwip.reader,
    FOREIGN KEY (account_id, newsletter_id) REFERENCES mytwip.newsletter
);

CREATE INDEX subscription_newsletter_idx
    ON mytwip.subscription (account_id, newsletter_id);

COMMENT ON TABLE mytwip.subscription IS
'Which reader gets which newsletter.';
COMMENT ON COLUMN mytwip.subscription.since IS
'Since when the status is what it is.';
COMMENT ON COLUMN mytwip.subscription.named_opens IS
'Whether opens may be stored with this reader: the consent to open_tracking that is in effect. Kept by triggers from the ledger mytwip.consent; what else is written to it is replaced.';
