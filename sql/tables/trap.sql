-- A hit of a trap and the open of the same mail may come in two batches, so
-- hits are kept: of a named reader for a day, as more opens may come, else until
-- the open has come. What is not kept is the hit of nobody: a reader who objects
-- with the request, or of whom there is no group.

CREATE TABLE mytwip.trap (
    account_id    bigint NOT NULL,
    issue_id      bigint NOT NULL,
    at            timestamptz NOT NULL,
    id            bigint NOT NULL,
    reader_id     bigint,
    opener_group  integer,
    matched       boolean NOT NULL DEFAULT false,
    PRIMARY KEY (account_id, issue_id, at, id),
    CHECK (num_nonnulls(reader_id, opener_group) = 1)
);

CREATE INDEX trap_unmatched_idx ON mytwip.trap (at) WHERE NOT matched;

COMMENT ON TABLE mytwip.trap IS
'Who followed a link that no person sees (mail_links.trap_url) is a machine. Written by ingest; rows older than a day are deleted by maintain().';
COMMENT ON COLUMN mytwip.trap.id IS
'Identity of the event, as in open.';
COMMENT ON COLUMN mytwip.trap.reader_id IS
'Null: the reader has not agreed to being measured individually.';
COMMENT ON COLUMN mytwip.trap.opener_group IS
'Instead of such a reader: their group of opener_bits, of which one hit is worth an open.';
COMMENT ON COLUMN mytwip.trap.matched IS
'Whether the open of the same burst has been found and judged; without a reader it is deleted then.';
