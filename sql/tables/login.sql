-- Kept beside activity, so that each has its own retention, in pg_partman's
-- part_config. Partitioned like it.

CREATE TABLE mytwip.login (
    account_id  bigint NOT NULL,
    at          timestamptz NOT NULL,
    id          bigint NOT NULL,
    user_id     bigint NOT NULL,
    method      text,
    way         smallint NOT NULL
) PARTITION BY RANGE (at);

CREATE TABLE mytwip.login_template (
    LIKE mytwip.login,
    PRIMARY KEY (account_id, at, id)
);

COMMENT ON TABLE mytwip.login_template IS
'What the partitions of login have and it has not: their primary key. Never has a row.';

COMMENT ON TABLE mytwip.login IS
'Logins of users: the activity login where the user is known, once more. Written by ingest only; read by mytwip.login_report.';
COMMENT ON COLUMN mytwip.login.at IS
'When nginx saw the request; id: that of the activity.';
COMMENT ON COLUMN mytwip.login.method IS
'The property method of the activity, such as password, its first 64 characters; null: not said.';
COMMENT ON COLUMN mytwip.login.way IS
'As in activity. What comes by a beacon is the word of a page of the user.';
