-- Partitioned by day, in UTC, by mytwip.maintain(). No foreign keys: an event
-- is checked once, by ingest, and outlives what it refers to.
--
-- Keys and indexes are on open_template, from which pg_partman gives them to
-- each partition. Partitions are no members of the extension and are dumped
-- with their indexes: an index of the parent would be made again by the
-- restore, and fail it. As at is what partitions are cut by, a key that is
-- unique in each is unique in all.
--
-- A row stands for all fetches of one mail, or of an issue's readers who object
-- with the request, that came in one batch and one of 4 seconds from one sort
-- of agent: a pixel that is fetched a million times costs few rows. Eight
-- columns are what fits beside a row's header without another 8 bytes.

CREATE TABLE mytwip.open (
    account_id  bigint NOT NULL,
    at          timestamptz NOT NULL,
    id          bigint NOT NULL,
    issue_id    bigint NOT NULL,
    reader_id   bigint,
    fetches     integer NOT NULL DEFAULT 1,
    agent       smallint NOT NULL,
    verdict     smallint NOT NULL
) PARTITION BY RANGE (at);

CREATE TABLE mytwip.open_template (
    LIKE mytwip.open,
    PRIMARY KEY (account_id, issue_id, at, id)
);

-- for what a reader may ask to be shown or un-named; those without are not in
-- (a hash is half as dear for ingest as a btree, whose pages lie as far apart)
CREATE INDEX open_template_reader_idx
    ON mytwip.open_template USING hash (reader_id)
 WHERE reader_id IS NOT NULL;

COMMENT ON TABLE mytwip.open_template IS
'What the partitions of open have and it has not: their primary key and index. Never has a row.';

COMMENT ON TABLE mytwip.open IS
'Opens of mails: fetches of the pixel. Written by ingest, and verdicts by judge_issue. The fetches are its sum of fetches, not its rows.';
COMMENT ON COLUMN mytwip.open.at IS
'When nginx saw the request, of several the first.';
COMMENT ON COLUMN mytwip.open.id IS
'journal.number * 2^32 + position of the event in that segment, of several the first: an event has one identity. Fetches that were split off a row with another verdict have the id of the hit of the trap, or, of a sweep, that of the row made negative.';
COMMENT ON COLUMN mytwip.open.fetches IS
'How many fetches the row stands for: of one mail, or of any readers who objected with the request, within 4 seconds.';
COMMENT ON COLUMN mytwip.open.verdict IS
'What it is taken for, and why: a code of mytwip.verdict.';
COMMENT ON COLUMN mytwip.open.reader_id IS
'Null: the reader has not agreed to being measured individually, or objected with the request (Sec-GPC, DNT).';
COMMENT ON COLUMN mytwip.open.agent IS
'What fetched the pixel: 0 unknown, 1 human, 2 proxy, 3 bot, 4 prefetch.';
