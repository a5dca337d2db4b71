-- What is processed and why is what the code here does, so it is written here;
-- the data, who can see it, where and how long come from what is configured.
-- A table that is not there is left out.

CREATE VIEW mytwip.processing_register AS
SELECT p.activity, p.purpose, p.legal_basis, p.subjects,
       (SELECT string_agg(DISTINCT regexp_replace(c.oid::regclass::text,
                              '^mytwip\.', '') || '.' || a.attname, ', ')
          FROM unnest(p.sources) AS s
          JOIN pg_class AS c
            ON c.relname = s
               AND c.relnamespace = (SELECT oid FROM pg_namespace
                                      WHERE nspname = 'mytwip')
          JOIN pg_attribute AS a
            ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
           AS data,
       coalesce((SELECT string_agg(DISTINCT r.role || ' ('
                            || CASE WHEN r.names THEN 'names people, '
                                    ELSE 'names nobody, ' END
                            || r.way || ')', '; ')
                   FROM mytwip.recipient AS r
                  WHERE r.source = ANY (ARRAY(SELECT 'mytwip.' || s
                                                FROM unnest(p.sources)
                                                     AS s))), 'none')
           AS recipients,
       coalesce(t.keep::text, 'no time of its own') AS retention,
       t.why AS retention_reason,
       (SELECT string_agg(a.region || ' ' || a.accounts, ', '
                          ORDER BY a.region)
          FROM (SELECT region, count(*) AS accounts
                  FROM mytwip.account GROUP BY region) AS a) AS controllers,
       concat_ws('; ', 'roles see views and functions, not tables',
                 'links signed with HMAC-SHA256',
                 'TLS ' || current_setting('ssl'),
                 'passwords ' || current_setting('password_encryption'),
                 'page checksums ' || current_setting('data_checksums'),
                 'rights of people carried out by role mytwip_dpo and logged')
           AS security,
       CASE WHEN t.kind IS NULL
            THEN 'mytwip.retention does not say how long'
            WHEN p.event_table
                 AND mytwip.partman_retention(t.kind) IS DISTINCT FROM t.keep
            THEN format('pg_partman drops after %s: call mytwip.maintain()',
                        coalesce(mytwip.partman_retention(t.kind)::text,
                                 'never'))
       END AS warning
  FROM (VALUES
        ('mailing', 'sending newsletters to those who subscribed',
         'consent, art. 6(1)(a)', 'readers', 'reader', false,
         '{reader,subscription}'::text[]),
        ('unsubscribing', 'ending mails at once and proving it',
         'legal obligation, art. 6(1)(c), 21(3)', 'readers', 'reader', false,
         '{unsubscription}'),
        ('consents', 'proving each consent and withdrawal',
         'legal obligation, art. 6(1)(c), 7(1)', 'readers', 'reader', false,
         '{consent}'),
        ('opens', 'counting opens; with the reader, only by consent',
         'legitimate interest in totals that name nobody, art. 6(1)(f); with the reader consent, art. 6(1)(a), ePrivacy art. 5(3)',
         'readers', 'open', true, '{open,trap}'),
        ('openers', 'estimating how many opened, by groups of readers',
         'legitimate interest in totals that name nobody, art. 6(1)(f)',
         'readers, by groups and whoever knows the key', 'opener_key', false,
         '{opener_key,opener_bits}'),
        ('activity', 'knowing which functions of the platform are used',
         'legitimate interest, art. 6(1)(f)', 'platform users', 'activity',
         true, '{activity}'),
        ('logins', 'security of the platform',
         'legitimate interest, art. 6(1)(f), 32', 'platform users', 'login',
         true, '{login}'),
        ('accounts of users', 'giving access to the platform',
         'contract, art. 6(1)(b)', 'platform users', 'user', false,
         '{platform_user,newsletter_owner}'),
        ('faults', 'finding out why events could not be stored',
         'legitimate interest, art. 6(1)(f)', 'nobody known', 'rejected',
         false, '{rejected}'),
        ('rights', 'carrying out the rights of people and proving it',
         'legal obligation, art. 6(1)(c), 12 to 22',
         'readers, platform users', 'dpo_log', false,
         '{dpo_log,privacy_request}'),
        ('suppression', 'not mailing again who was erased',
         'legal obligation, art. 6(1)(c), 17(3)(b), 21(3)', 'former readers',
         'suppression', false, '{suppression}'))
       AS p (activity, purpose, legal_basis, subjects, kind, event_table,
             sources)
  LEFT JOIN mytwip.retention AS t ON t.kind = p.kind;

COMMENT ON VIEW mytwip.processing_register IS
'The register of processing (GDPR art. 30): each activity with its purpose and legal basis, whose data and which, who can see it, how long it is kept, for how many controllers by region, how it is protected; from the columns, privileges and settings that are really there. No data goes to a third country or to anybody outside.';
COMMENT ON COLUMN mytwip.processing_register.data IS
'Columns, by table.';
COMMENT ON COLUMN mytwip.processing_register.recipients IS
'As mytwip.recipient says.';
COMMENT ON COLUMN mytwip.processing_register.retention IS
'As mytwip.retention says.';
COMMENT ON COLUMN mytwip.processing_register.controllers IS
'Number of accounts for each region, the country where their data lies.';
COMMENT ON COLUMN mytwip.processing_register.warning IS
'Where what is configured and what is done disagree; null: they do not.';
