-- The demo's data: newsletter 1 and its issue 1, sent now to 1,100 readers.
-- Readers 1 to 1,000 agreed to the individual measuring of their opens;
-- readers 1,001 to 1,100 did not.

BEGIN;

INSERT INTO mytwip.account (id, name, region) VALUES (1, 'Demo', 'FR');

INSERT INTO mytwip.newsletter (account_id, id, title, language,
                               sender_address)
VALUES (1, 1, 'La lettre de la veille', 'fr', 'veille@demo.example');

INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject, sent_at,
                          recipients)
VALUES (1, 1, 1, 'Ce que mesure une lettre, et ce qu''elle tait', now(),
        1100);

INSERT INTO mytwip.reader (account_id, id, email, language)
SELECT 1, n, format('reader%s@demo.example', n), 'fr'
  FROM generate_series(1, 1100) AS n;

SELECT mytwip.subscribe(id, 1) FROM mytwip.reader;

SELECT mytwip.give_consent(id, 'open_tracking', 'subscription form',
           'J''accepte que mes ouvertures soient mesurées individuellement.')
  FROM mytwip.reader
 WHERE id <= 1000;

-- ids were given here, so the sequences know nothing of them
SELECT setval('mytwip.account_id_seq', 1),
       setval('mytwip.newsletter_id_seq', 1),
       setval('mytwip.issue_id_seq', 1),
       setval('mytwip.reader_id_seq', 1100);

COMMIT;
