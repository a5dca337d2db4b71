-- Counts that ingest keeps. Every batch updates a few rows: room in the page
-- keeps the updates in place (HOT).

CREATE TABLE mytwip.issue_opens (
    account_id  bigint NOT NULL,
    issue_id    bigint NOT NULL,
    agent       smallint NOT NULL,
    named       boolean NOT NULL,
    opens       bigint NOT NULL,
    first_at    timestamptz NOT NULL,
    last_at     timestamptz NOT NULL,
    PRIMARY KEY (account_id, issue_id, agent, named)
) WITH (fillfactor = 50);

COMMENT ON TABLE mytwip.issue_opens IS
'Opens of an issue, counted by agent and by whether the reader is stored with them. Kept by ingest; it names nobody.';
COMMENT ON COLUMN mytwip.issue_opens.agent IS
'As in open.';
COMMENT ON COLUMN mytwip.issue_opens.named IS
'Whether the opens counted here have a reader_id in open.';
COMMENT ON COLUMN mytwip.issue_opens.first_at IS
'When the first of them happened; last_at: the last.';
