-- What is left of a reader who was erased: a number that names nobody. Events
-- of old mail bring it back at any time, and are then counted without it.
--
-- It is also what lets the rows of the ledgers go: see
-- functions/refuse_change.sql.

CREATE TABLE mytwip.erased_reader (
    account_id  bigint NOT NULL,
    reader_id   bigint NOT NULL CONSTRAINT erased_reader_id_key UNIQUE,
    erased_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, reader_id)
);

COMMENT ON TABLE mytwip.erased_reader IS
'Ids of readers who were erased (GDPR art. 17). They are never used again, and nothing else here has them. It is only appended to, by erase_reader. On Citus drop erased_reader_id_key, as reader_id_key.';
