-- Who can see something: by the privileges that are really there, on a table,
-- on a view over it, or on a function that gives some of it: an export gives
-- all of subject_table. Logins that have a role count as the role does.

CREATE VIEW mytwip.recipient AS
WITH RECURSIVE shown (relation, source) AS (
    SELECT c.oid, c.oid
      FROM pg_class AS c
     WHERE c.relnamespace = (SELECT oid FROM pg_namespace
                              WHERE nspname = 'mytwip')
       AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    UNION
    SELECT w.ev_class, s.source
      FROM shown AS s
      JOIN pg_depend AS d
        ON d.refclassid = 'pg_class'::regclass AND d.refobjid = s.relation
           AND d.classid = 'pg_rewrite'::regclass
      JOIN pg_rewrite AS w ON w.oid = d.objid
), told (function, source, names) AS (
    VALUES ('mail_links', 'subscription', true),
           ('unsubscribe_page', 'subscription', false),
           ('privacy_page', 'subscription', false),
           ('privacy_page', 'privacy_request', false),
           ('activity_groups', 'activity', false),
           ('issue_for_caller', 'open', false),
           ('newsletters_for_caller', 'subscription', false),
           ('unsubscriptions_for_caller', 'unsubscription', false),
           ('find_subject', 'reader', true),
           ('find_subject', 'platform_user', true),
           ('breach_subjects', 'reader', true),
           ('breach_subjects', 'platform_user', true)
    UNION ALL
    SELECT 'export_' || s.subject_kind, s.relation, true
      FROM mytwip.subject_table AS s
)
SELECT s.source::regclass::text AS source, r.rolname::text AS role,
       'view ' || s.relation::regclass AS way,
       EXISTS (SELECT FROM pg_attribute AS a
                WHERE a.attrelid = s.relation
                  AND a.attname IN ('reader_id', 'user_id', 'email'))
           AS names
  FROM shown AS s, pg_roles AS r
 WHERE NOT r.rolsuper AND r.rolname !~ '^pg_'
   AND has_table_privilege(r.oid, s.relation, 'SELECT')
UNION
SELECT 'mytwip.' || t.source, r.rolname, 'function ' || p.proname, t.names
  FROM told AS t
  JOIN pg_proc AS p
    ON p.proname = t.function
       AND p.pronamespace = (SELECT oid FROM pg_namespace
                              WHERE nspname = 'mytwip')
  JOIN pg_roles AS r
    ON NOT r.rolsuper AND r.rolname !~ '^pg_'
       AND has_function_privilege(r.oid, p.oid, 'EXECUTE');

COMMENT ON VIEW mytwip.recipient IS
'Which roles can see something of a table, by which view or function, from the privileges that are really granted; superusers, who can see all, left out.';
COMMENT ON COLUMN mytwip.recipient.names IS
'Whether what the role sees tells who a person is.';
