-- Counts that ingest keeps, one row an issue: every batch updates a few, and
-- room in the page keeps the updates in place (HOT).

CREATE TABLE mytwip.issue_opens (
    account_id         bigint NOT NULL,
    issue_id           bigint NOT NULL,
    human_named        bigint NOT NULL DEFAULT 0,
    human_unnamed      bigint NOT NULL DEFAULT 0,
    undecided_named    bigint NOT NULL DEFAULT 0,
    undecided_unnamed  bigint NOT NULL DEFAULT 0,
    machine_named      bigint NOT NULL DEFAULT 0,
    machine_unnamed    bigint NOT NULL DEFAULT 0,
    opens              bigint NOT NULL GENERATED ALWAYS AS (
                           human_named + human_unnamed + undecided_named
                           + undecided_unnamed + machine_named
                           + machine_unnamed) STORED,
    nobodys            bigint NOT NULL DEFAULT 0,
    retracted          bigint NOT NULL DEFAULT 0,
    human_bits         bigint,
    any_class_bits     bigint,
    first_at           timestamptz,
    last_at            timestamptz,
    judged_at          timestamptz,
    judged_opens       bigint,
    human_readers      bigint NOT NULL DEFAULT 0,
    undecided_readers  bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, issue_id)
) WITH (fillfactor = 50);

COMMENT ON TABLE mytwip.issue_opens IS
'Fetches of the pixels of an issue, counted by the class of their verdict (see mytwip.verdict) and by whether the reader is stored with them. Kept by ingest and judge_issue; it names nobody. Always the sums of open.fetches.';
COMMENT ON COLUMN mytwip.issue_opens.human_named IS
'By a person, with a reader_id in open; human_unnamed: without one. So for undecided and machine.';
COMMENT ON COLUMN mytwip.issue_opens.opens IS
'All of them, machines included.';
COMMENT ON COLUMN mytwip.issue_opens.nobodys IS
'Those of human_unnamed and undecided_unnamed that came without any reader, as the reader objected with the request, from a reader without a subscription, or when there was no opener_key, or were un-named since: how many readers these are cannot be estimated.';
COMMENT ON COLUMN mytwip.issue_opens.retracted IS
'How many unnamed opens were found to be of machines when they had been counted as human: taken off the estimate of unnamed openers.';
COMMENT ON COLUMN mytwip.issue_opens.human_bits IS
'How many bits opener_bits.human had when they were deleted; null: they are there. So any_class_bits.';
COMMENT ON COLUMN mytwip.issue_opens.first_at IS
'Time of the first open that is not of a machine; last_at: of the last.';
COMMENT ON COLUMN mytwip.issue_opens.judged_at IS
'When judge_issue was here; null: not yet.';
COMMENT ON COLUMN mytwip.issue_opens.judged_opens IS
'opens at that time: when it is what opens is now, the next two are of now.';
COMMENT ON COLUMN mytwip.issue_opens.human_readers IS
'How many named readers have a human open; undecided_readers: how many others have an undecided one. When the first days of an issue are past their retention it gets no less.';
