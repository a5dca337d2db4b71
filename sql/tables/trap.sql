-- A hit of a trap and the open of the same mail may come in two batches, so
-- hits are kept until the open has come.

CREATE TABLE mytwip.trap (
    account_id  bigint NOT NULL,
    issue_id    bigint NOT NULL,
    at          timestamptz NOT NULL,
    id          bigint NOT NULL,
    reader_id   bigint,
    matched     boolean NOT NULL DEFAULT false,
    PRIMARY KEY (account_id, issue_id, at, id)
);

CREATE INDEX trap_unmatched_idx ON mytwip.trap (at) WHERE NOT matched;

COMMENT ON TABLE mytwip.trap IS
'Who followed a link that no person sees (mail_links.trap_url) is a machine. Written by ingest; rows older than a day are deleted by maintain().';
COMMENT ON COLUMN mytwip.trap.id IS
'Identity of the event, as in open.';
COMMENT ON COLUMN mytwip.trap.reader_id IS
'Null: the reader has not agreed to being measured individually.';
COMMENT ON COLUMN mytwip.trap.matched IS
'Whether the open of the same burst has been found and judged.';
