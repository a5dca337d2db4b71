-- The event has no account that could be trusted, so it has none here. Small
-- unless something is wrong; a local table on Citus.

CREATE TABLE mytwip.rejected (
    segment      uuid NOT NULL,
    position     bigint NOT NULL,
    reason       text NOT NULL
                 CHECK (reason IN ('unknown_kind', 'unknown_issue',
                                   'unknown_reader', 'foreign_reader',
                                   'unknown_user', 'malformed',
                                   'time_out_of_range', 'refused')),
    sqlstate     text,
    kind         smallint,
    at           timestamptz,
    issue_id     bigint,
    reader_id    bigint,
    code         smallint,
    received_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (segment, position)
);

COMMENT ON TABLE mytwip.rejected IS
'Events that ingest could not store, each with the reason. They are kept apart: none is dropped and none stops the others.';
COMMENT ON COLUMN mytwip.rejected.reason IS
'unknown_kind: not a kind of event that this version knows; unknown_issue, unknown_reader, unknown_user: no such row; foreign_reader: the issue and the reader belong to two accounts; malformed: an activity whose details cannot be read; time_out_of_range: more than a day ahead, more than 400 days ago, or older than its table keeps (see retention), for a request of a reader none at all; refused: storing it failed, with sqlstate.';
COMMENT ON COLUMN mytwip.rejected.kind IS
'As in the parameters of ingest, as are code, issue_id and reader_id; an activity has no issue_id.';
COMMENT ON COLUMN mytwip.rejected.at IS
'When nginx saw the request.';
COMMENT ON COLUMN mytwip.rejected.reader_id IS
'Only of a reader, or for an activity a user, who did not exist: no row here says what an existing one did, or one who was erased (GDPR art. 5(1)(c)).';
