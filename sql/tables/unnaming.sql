-- Opens are un-named in the transaction that withdraws the consent. What it
-- cannot see are rows of an ingest that runs at the same time and had read the
-- consent before. So the reader is noted here, and looked at once more when
-- none can be running that had: see
-- functions/unname_late.sql. No lock holds up anybody meanwhile.
--
-- Not in dumps: what was running is not in them either.

CREATE TABLE mytwip.unnaming (
    account_id  bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    reader_id   bigint NOT NULL,
    unnamed     boolean NOT NULL DEFAULT false,
    horizon     xid8,
    PRIMARY KEY (account_id, id)
);

COMMENT ON TABLE mytwip.unnaming IS
'Readers whose opens are to be looked at once more after a withdrawal or an erasure; rows stay for moments while there are batches, else until maintain.';
COMMENT ON COLUMN mytwip.unnaming.unnamed IS
'Whether it has been done once; false: by a batch of very many, the next one does it.';
COMMENT ON COLUMN mytwip.unnaming.horizon IS
'Every transaction that may have read the consent has a lower number than this one; null: not known yet (see see_withdrawals).';

-- Whoever withdraws may stay in the transaction for long, and ingest would
-- wait for a row of issue_opens that it holds; two that take the rows in
-- another order would deadlock. So what moves there is noted here.

CREATE TABLE mytwip.unnamed_opens (
    account_id  bigint NOT NULL,
    id          bigint GENERATED ALWAYS AS IDENTITY,
    issue_id    bigint NOT NULL,
    verdict     smallint NOT NULL,
    opens       bigint NOT NULL,
    PRIMARY KEY (account_id, id)
);

COMMENT ON TABLE mytwip.unnamed_opens IS
'Opens that were un-named since and that issue_opens still counts as named: settle_opens, called by maintain, moves them there. It names nobody.';
