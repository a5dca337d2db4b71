-- Not by current_setting(): whoever reads a report could set it for the
-- session. What counts is what was set for the database, or for all of them.

CREATE VIEW mytwip.smallest_group AS
SELECT greatest(2, coalesce((
           SELECT split_part(setting, '=', 2)::integer
             FROM pg_db_role_setting, unnest(setconfig) AS setting
            WHERE setrole = 0
              AND setdatabase IN (0, (SELECT oid FROM pg_database
                                       WHERE datname = current_database()))
              AND lower(split_part(setting, '=', 1)) = 'mytwip.k'
            ORDER BY setdatabase DESC
            LIMIT 1), 5)) AS k;

COMMENT ON VIEW mytwip.smallest_group IS
'How many people a group in a report has at least; smaller ones are withheld. 5, or what ALTER DATABASE ... SET mytwip.k says (else ALTER ROLE ALL SET), but never under 2. A session, a role and postgresql.conf cannot change it. A k that is no number is an error in every report.';
