-- The address itself is gone, so it is recognised by a digest. Without the
-- salt, which each account has for itself, nobody can try addresses on it.

CREATE TABLE mytwip.suppression_salt (
    account_id  bigint PRIMARY KEY REFERENCES mytwip.account,
    salt        bytea NOT NULL CHECK (length(salt) = 32)
);

COMMENT ON TABLE mytwip.suppression_salt IS
'256 random bits for each account that has erased a reader: the key of the digests in suppression. Secret, as signing_key; lost, the suppressions are lost.';

CREATE TABLE mytwip.suppression (
    account_id  bigint NOT NULL REFERENCES mytwip.account,
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    since       timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, digest)
);

COMMENT ON TABLE mytwip.suppression IS
'Addresses that no import may have mailed again, as their readers were erased (GDPR art. 17(3)(b), 21(3)). What an import subscribes one of them to is stored as unsubscribed; mytwip.subscribe, for who asks for it again, subscribes to that one newsletter.';
COMMENT ON COLUMN mytwip.suppression.digest IS
'HMAC-SHA256 of the address in small letters under the salt of the account.';
