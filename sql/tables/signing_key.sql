CREATE TABLE mytwip.signing_key (
    id           integer PRIMARY KEY CHECK (id BETWEEN 1 AND 65535),
    secret       bytea NOT NULL CHECK (length(secret) = 32),
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    active_from  timestamptz,
    compromised_at  timestamptz
);

COMMENT ON TABLE mytwip.signing_key IS
'Keys that sign the links in mails. Secret, and part of every dump of the database: guard both. Links die with the key that signed them, so keys are kept as long as such mail matters.';
COMMENT ON COLUMN mytwip.signing_key.secret IS
'256 random bits, the key of HMAC-SHA256.';
COMMENT ON COLUMN mytwip.signing_key.compromised_at IS
'Since when others are known to have it, by compromise_key: it signs nothing more, and nginx lets its links do nothing but unsubscribe. Null: it is secret.';
COMMENT ON COLUMN mytwip.signing_key.active_from IS
'When it was made the signing key; the one with the latest signs. Null: nginx may not have it yet, so it signs nothing.';
