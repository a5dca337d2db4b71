-- How long what is kept: the one place where it is said. mytwip.maintain()
-- carries it out and mytwip.processing_register shows it.
--
-- A dump brings the rows again that CREATE EXTENSION has made: a kind that is
-- there is changed by an INSERT (see functions/take_retention.sql).

CREATE TABLE mytwip.retention (
    kind  text PRIMARY KEY CHECK (kind <> ''),
    keep  interval CHECK (keep > interval '0'),
    why   text NOT NULL CHECK (why <> '')
);

INSERT INTO mytwip.retention (kind, keep, why) VALUES
('open', '13 months',
 'A year can be compared with the year before, and no longer than a consent to being measured is taken to be current. The counts in issue_opens stay.'),
('opener_key', '30 days',
 'Later opens add next to nothing to the number of openers. From the day on which the issue was sent or first opened; opener_bits go with the keys, and the counts in issue_opens stay.'),
('activity', '12 months',
 'A year of use, with its seasons, to decide what to improve. The counts in activity_daily are kept longer.'),
('activity_daily', '3 years',
 'The counts of a year beside those of the two before. What nobody known did has names for 15 days only, as anybody may invent them.'),
('login', '6 months',
 'What a security incident needs that is found late; six months to a year is usual for the log of who came in.'),
('rejected', '3 months',
 'Time to find out why events could not be stored.'),
('dpo_log', '5 years',
 'Proof of what was done for a person, as long as it can be asked for in court.'),
('privacy_request', '5 years',
 'As dpo_log, from the day on which the request was closed.'),
('suppression', NULL,
 'As long as the account: an address that was erased would be mailed again by the first import after its end.'),
('erased', NULL,
 'Numbers that tell nothing but that they are not to be used again; events of old mail bring them back at any time.'),
('reader', NULL,
 'Profile, subscriptions, consents and requests: until the reader is erased or the account ends.'),
('user', NULL,
 'As long as somebody uses the platform; until the user is erased or the account ends.');

COMMENT ON TABLE mytwip.retention IS
'How long rows of each kind are kept (GDPR art. 5(1)(e), 13(2)(a), 30(1)(f)). maintain carries it out: partitions of open, activity and login are dropped, rows of the others deleted; counts of opens stay, and name nobody. To change one: UPDATE, or INSERT of the kind again.';
COMMENT ON COLUMN mytwip.retention.kind IS
'open, opener_key, activity, activity_daily, login, rejected, dpo_log, privacy_request: the table of that name. suppression, erased, reader, user: not by time.';
COMMENT ON COLUMN mytwip.retention.keep IS
'Null: until somebody ends it, as why says. An event that comes when it is already older goes to rejected (see event_window). activity_report needs 15 days of activity and activity_daily.';
COMMENT ON COLUMN mytwip.retention.why IS
'The reason, for processing_register and for who asks.';
