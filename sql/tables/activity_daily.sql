-- As issue_opens: room in the page keeps the updates in place (HOT).

CREATE TABLE mytwip.activity_daily (
    account_id     bigint NOT NULL,
    day            date NOT NULL,
    activity       text NOT NULL,
    resource_type  text NOT NULL,
    uses           bigint NOT NULL,
    PRIMARY KEY (account_id, day, activity, resource_type)
) WITH (fillfactor = 50);

CREATE INDEX activity_daily_day_idx ON mytwip.activity_daily (day);

COMMENT ON TABLE mytwip.activity_daily IS
'Activities of a day (UTC), counted by what was done and to which kind of resource. Kept by ingest; it names nobody and outlives the rows of activity, until mytwip.retention says that it is over.';
COMMENT ON COLUMN mytwip.activity_daily.account_id IS
'As in activity: 0 where there is no user, or none any more.';
COMMENT ON COLUMN mytwip.activity_daily.activity IS
'Empty: all that account 0 did on that day, when it is more than 15 days ago (see fold_activities).';
COMMENT ON COLUMN mytwip.activity_daily.resource_type IS
'Empty: to nothing in particular.';
