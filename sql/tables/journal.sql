-- position moves with every batch; room in the page and no index on what
-- changes keep these updates in place (HOT).

CREATE TABLE mytwip.journal (
    segment     uuid PRIMARY KEY,
    number      bigint GENERATED ALWAYS AS IDENTITY UNIQUE
                CHECK (number < 2147483648),
    position    bigint NOT NULL CHECK (position BETWEEN 4096 AND 4294967296),
    updated_at  timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

COMMENT ON TABLE mytwip.journal IS
'How far each journal segment of nginx has been ingested. Moved in the transaction of the rows, so that an event is stored exactly once.';
COMMENT ON COLUMN mytwip.journal.number IS
'Short name of the segment, the upper half of the ids of its events.';
COMMENT ON COLUMN mytwip.journal.position IS
'Bytes of the segment file that have been ingested; 4096, the size of its header, when nothing has been.';
