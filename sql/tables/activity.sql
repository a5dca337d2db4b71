-- Partitioned by day, with its key on activity_template: see open.

CREATE TABLE mytwip.activity (
    account_id     bigint NOT NULL,
    at             timestamptz NOT NULL,
    id             bigint NOT NULL,
    user_id        bigint,
    activity       text NOT NULL,
    resource_type  text,
    resource_id    text,
    properties     jsonb,
    claimed_at     timestamptz,
    way            smallint NOT NULL
) PARTITION BY RANGE (at);

CREATE TABLE mytwip.activity_template (
    LIKE mytwip.activity,
    PRIMARY KEY (account_id, at, id)
);

COMMENT ON TABLE mytwip.activity_template IS
'What the partitions of activity have and it has not: their primary key. Never has a row.';

COMMENT ON TABLE mytwip.activity IS
'What users do on the platform. Written by ingest only.';
COMMENT ON COLUMN mytwip.activity.account_id IS
'That of the user; 0, which no account has, where there is no user.';
COMMENT ON COLUMN mytwip.activity.at IS
'When nginx saw the request.';
COMMENT ON COLUMN mytwip.activity.id IS
'As open.id.';
COMMENT ON COLUMN mytwip.activity.user_id IS
'Whom nginx vouches for, never a page''s own word. Null: nobody known, an objection with the request (Sec-GPC, DNT), or a user who objects to statistics, is restricted or was erased.';
COMMENT ON COLUMN mytwip.activity.activity IS
'What was done, a slug such as item.reorder.';
COMMENT ON COLUMN mytwip.activity.resource_type IS
'Kind of what it was done to, a slug such as newsletter; null: to nothing in particular. resource_id: which one.';
COMMENT ON COLUMN mytwip.activity.properties IS
'What else the page said of it, a flat object; null: nothing.';
COMMENT ON COLUMN mytwip.activity.claimed_at IS
'When it happened by the client''s clock: a claim. Null: none, or no time that exists.';
COMMENT ON COLUMN mytwip.activity.way IS
'How it came: 1 a beacon, from a page; 2 mytwip_log; 3 a rule of mytwip_activity_rules; 0 one that this version does not know.';
