CREATE VIEW mytwip.verdict AS
SELECT code::smallint, name, class, why
  FROM (VALUES
        (0, 'unknown', 'undecided', 'The agent is not recognised.'),
        (1, 'person', 'human', 'The agent is a person''s mail client, and no pattern says otherwise.'),
        (2, 'proxy', 'undecided', 'An image proxy or privacy relay, which hides whether anybody looked.'),
        (3, 'bot', 'machine', 'The agent is a crawler, scanner or library, or asked by HEAD.'),
        (4, 'prefetch', 'machine', 'The request said that it is a prefetch.'),
        (10, 'at_delivery', 'machine', 'Within mytwip.machine_delay after the mail was sent.'),
        (11, 'sweep', 'machine', 'Many readers of one domain within seconds.'),
        (12, 'trap', 'machine', 'Within two seconds of the same mail''s link that no person sees.'),
        (13, 'clockwork', 'machine', 'Repeated at fixed intervals.')
       ) AS v (code, name, class, why);

COMMENT ON VIEW mytwip.verdict IS
'What open.verdict says: the reason, and whether that makes it human, machine or undecided. 0 to 4 are the agent''s class, where no pattern said more.';
