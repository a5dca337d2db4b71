-- What veilleurs see is here and nowhere else: it is made by publish_reports,
-- once for all who may see it, and changes on no other occasion. The key has
-- no newsletter: an issue that moves to another is not estimated anew.

CREATE TABLE mytwip.published_figure (
    account_id  bigint NOT NULL,
    about       text NOT NULL CHECK (about IN ('issue', 'newsletter')),
    id          bigint NOT NULL,
    measure     text NOT NULL,
    edition     integer NOT NULL,
    since       date,
    day         date NOT NULL,
    k           integer NOT NULL,
    counted     bigint NOT NULL,
    estimate    bigint NOT NULL,
    shown       bigint,
    PRIMARY KEY (account_id, about, id, measure)
);

COMMENT ON TABLE mytwip.published_figure IS
'The latest edition of each figure that veilleurs see; see publish_reports. It names nobody, and has the exact counts too: for the owner alone.';
COMMENT ON COLUMN mytwip.published_figure.about IS
'What id is of.';
COMMENT ON COLUMN mytwip.published_figure.measure IS
'What is counted, as in publishable.';
COMMENT ON COLUMN mytwip.published_figure.edition IS
'How often it has been published; 0: not yet, only seen.';
COMMENT ON COLUMN mytwip.published_figure.since IS
'Day (UTC) of the edition before.';
COMMENT ON COLUMN mytwip.published_figure.day IS
'Day (UTC) of this edition.';
COMMENT ON COLUMN mytwip.published_figure.k IS
'The smallest group at that time.';
COMMENT ON COLUMN mytwip.published_figure.counted IS
'The exact count at that time.';
COMMENT ON COLUMN mytwip.published_figure.estimate IS
'The same with all the noise that was added to it.';
COMMENT ON COLUMN mytwip.published_figure.shown IS
'What of it is shown, a multiple of k; null: nothing.';
