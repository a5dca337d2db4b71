-- The demo's data: newsletter 1 and its issue 1, sent now to 1,100 readers.
-- Readers 1 to 1,000 agreed to the individual measuring of their opens;
-- readers 1,001 to 1,100 did not.

BEGIN;

INSERT INTO mytwip.account (id, name, region) VALUES (1, 'Demo', 'FR');

INSERT INTO mytwip.newsletter (account_id, id, title, language,
                               sender_address)
VALUES (1, 1, 'La lettre de la veille', 'fr', 'veille@demo.example');

-- An issue of last week, with what is published of it for veilleurs: the role
-- owns the newsletter here, so that SET ROLE mytwip_veilleur is enough.
INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject, sent_at,
                          recipients)
VALUES (1, 2, 1, 'La lettre de la semaine dernière', now() - interval '8 days',
        1100);

INSERT INTO mytwip.newsletter_owner (account_id, newsletter_id, role_name)
VALUES (1, 1, 'mytwip_veilleur');

SELECT mytwip.publish_reports((now() AT TIME ZONE 'UTC')::date - 8);

SELECT mytwip.ingest('00000000-0000-4000-8000-000000000002', 4096,
           4096 + 40 * count(*), array_agg(1::smallint),
           array_agg(4096 + 40 * (i - 1)),
           array_agg(now() - interval '8 days' + i * interval '1 minute'),
           array_agg(2::bigint), array_agg(0::bigint),
           array_agg((1 + i % 2)::smallint))
  FROM generate_series(1, 650) AS i;

SELECT mytwip.publish_reports((now() AT TIME ZONE 'UTC')::date - 7);

INSERT INTO mytwip.issue (account_id, id, newsletter_id, subject, sent_at,
                          recipients)
VALUES (1, 1, 1, 'Ce que mesure une lettre, et ce qu''elle tait',
        now() - interval '1 hour',
        1100);

INSERT INTO mytwip.reader (account_id, id, email, language)
SELECT 1, n, format('reader%s@demo.example', n), 'fr'
  FROM generate_series(1, 1100) AS n;

SELECT mytwip.subscribe(id, 1) FROM mytwip.reader;

SELECT mytwip.give_consent(id, 'open_tracking', 'subscription form',
           'J''accepte que mes ouvertures soient mesurées individuellement.')
  FROM mytwip.reader
 WHERE id <= 1000;

-- Users of the platform: you are the first, after a visit to /login. The
-- others have been at work, so that the report of activities has groups that
-- are large enough to be shown.
INSERT INTO mytwip.platform_user (account_id, id, name)
SELECT 1, n, 'Utilisateur ' || n FROM generate_series(1, 7) AS n;

SELECT mytwip.ingest('00000000-0000-4000-8000-000000000001', 4096,
           4096 + 40 * count(*), array_agg(5::smallint),
           array_agg(4096 + 40 * (i - 1)), array_agg(now() - i * interval '1 s'),
           array_agg(length(text)::bigint), array_agg(user_id),
           array_agg(1::smallint), array_agg(text))
  FROM (SELECT row_number() OVER () AS i, user_id,
               format('{"activity":"%s"}', activity) AS text
          FROM generate_series(2, 7) AS user_id,
               unnest('{login,letter.view,topic.step,topic.step,topic.drag}'
                      ::text[]) AS activity) AS events;

-- ids were given here, so the sequences know nothing of them
SELECT setval('mytwip.account_id_seq', 1),
       setval('mytwip.newsletter_id_seq', 1),
       setval('mytwip.issue_id_seq', 2),
       setval('mytwip.reader_id_seq', 1100),
       setval('mytwip.platform_user_id_seq', 7);

COMMIT;
