-- Who opened without consent is not to be known, and how many they are is: a
-- reader falls into one of issue.opener_groups groups, each of about 2k readers
-- (k: smallest_group), and a bit says that somebody of the group has opened.
-- The number of openers is estimated from how many bits are set (linear
-- counting). Of a group of which all have opened no more is known than that.
--
-- 2048 groups a row: a batch rewrites only rows that gain a bit. trapped is null
-- until there is one, as most newsletters have no traps.

CREATE TABLE mytwip.opener_bits (
    account_id  bigint NOT NULL,
    issue_id    bigint NOT NULL,
    chunk       integer NOT NULL,
    human       bit(2048) NOT NULL,
    any_class   bit(2048) NOT NULL,
    trapped     bit(2048),
    PRIMARY KEY (account_id, issue_id, chunk)
) WITH (fillfactor = 50);

ALTER TABLE mytwip.opener_bits
    ALTER human SET STORAGE PLAIN, ALTER any_class SET STORAGE PLAIN,
    ALTER trapped SET STORAGE PLAIN;

COMMENT ON TABLE mytwip.opener_bits IS
'Groups of unnamed readers of an issue of which somebody has opened it: linear counting, by which unnamed openers are estimated. A bit is of about 2k readers, if those who get the issue agreed to being measured as often as the whole list did: of a part of it that agreed more often there are fewer in a group, even one. With opener_key that is personal data. Both are deleted by maintain() as mytwip.retention says; how many bits there were stays, in issue_opens.';
COMMENT ON COLUMN mytwip.opener_bits.chunk IS
'It has the groups chunk * 2048 and on.';
COMMENT ON COLUMN mytwip.opener_bits.human IS
'Groups with a human open; any_class: with a human or an undecided one.';
COMMENT ON COLUMN mytwip.opener_bits.trapped IS
'Groups of which an open was given to a trap by match_traps: no other is.';
