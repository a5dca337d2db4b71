-- From the catalogue, so that a table which comes later is not forgotten: a
-- column reader_id or user_id names a person. What an export shows, and what
-- an erasure has to leave empty.

CREATE VIEW mytwip.subject_table AS
SELECT kind.name AS subject_kind, c.relname::text AS relation,
       CASE WHEN c.relname = kind.profile THEN 't.id = $1'
            WHEN c.relname = 'rejected' AND kind.name = 'user'
            THEN 't.reader_id = $1 AND t.kind = 5'
            WHEN c.relname = 'rejected'
            THEN 't.reader_id = $1 AND t.kind IS DISTINCT FROM 5'
            WHEN c.relname = 'dpo_log'
            THEN format('t.subject_kind = %L AND t.subject_id = $1',
                        kind.name)
            -- by the index of readers: see unname_opens
            WHEN c.relname = 'open'
            THEN 't.account_id + 0 IN ($2, 0) AND t.reader_id = $1'
            ELSE format('t.account_id IN ($2, 0) AND t.%I = $1',
                        kind.name || '_id')
       END AS condition
  FROM (VALUES ('reader', 'reader'), ('user', 'platform_user'))
       AS kind (name, profile)
  JOIN pg_class AS c
    ON c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'mytwip')
       AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND (c.relname IN (kind.profile, 'rejected', 'dpo_log')
            OR EXISTS (SELECT FROM pg_attribute AS a
                        WHERE a.attrelid = c.oid AND NOT a.attisdropped
                          AND a.attname = kind.name || '_id'))
 WHERE c.relname NOT IN ('erased_reader', 'erased_user', 'unnaming')
   AND c.relname !~ '_template$';

COMMENT ON VIEW mytwip.subject_table IS
'Every table that has rows of readers or of platform users, from the catalogue: those with a column reader_id or user_id, and the few that name a person otherwise.';
COMMENT ON COLUMN mytwip.subject_table.condition IS
'What tells the rows t of a person: $1 is the id, $2 the account.';
