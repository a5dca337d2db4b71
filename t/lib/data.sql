-- What every test's database starts with. Account 1 has newsletter 1 with the
-- issues 1 to 10; its readers 1 to 1000 are subscribed and have agreed to
-- individual open tracking, 1001 to 1100 are subscribed without that consent.
-- Account 2 has newsletter 2, issue 101 and reader 2001. Key 1 signs.

SET client_min_messages = warning;

INSERT INTO mytwip.account (id, name, region)
VALUES (1, 'one', 'FR'), (2, 'two', 'DE');

INSERT INTO mytwip.newsletter (account_id, id, title, sender_address)
VALUES (1, 1, 'news of one', 'news@one.example.org'),
       (2, 2, 'news of two', 'news@two.example.org');

INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject, recipients)
SELECT 1, n, 1, 'issue ' || n, 1100 FROM generate_series(1, 10) AS n;
INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject, recipients)
VALUES (2, 101, 2, 'issue 101', 1);

INSERT INTO mytwip.reader (account_id, id, email)
SELECT 1, n, 'reader' || n || '@mail' || n || '.example.org'
  FROM generate_series(1, 1100) AS n;
INSERT INTO mytwip.reader (account_id, id, email)
VALUES (2, 2001, 'reader2001@example.org');

INSERT INTO mytwip.subscription (account_id, reader_id, newsletter_id)
SELECT account_id, id, account_id FROM mytwip.reader;

INSERT INTO mytwip.consent (account_id, reader_id, purpose, granted, method,
                            wording)
SELECT account_id, id, 'open_tracking', true, 'form', 'I agree.'
  FROM mytwip.reader WHERE id NOT BETWEEN 1001 AND 1100;

DO $$
BEGIN
    PERFORM mytwip.new_key(true);
    PERFORM mytwip.maintain();
END
$$;
