-- The roles are of the whole cluster: another database may have made them.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                    WHERE rolname = 'mytwip_nginx')
    THEN
        CREATE ROLE mytwip_nginx LOGIN;
    END IF;

    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                    WHERE rolname = 'mytwip_sender')
    THEN
        CREATE ROLE mytwip_sender NOLOGIN;
    END IF;

    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                    WHERE rolname = 'mytwip_dev')
    THEN
        CREATE ROLE mytwip_dev NOLOGIN;
    END IF;

    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                    WHERE rolname = 'mytwip_admin')
    THEN
        CREATE ROLE mytwip_admin NOLOGIN;
    END IF;

    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                    WHERE rolname = 'mytwip_veilleur')
    THEN
        CREATE ROLE mytwip_veilleur NOLOGIN;
    END IF;

    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles
                    WHERE rolname = 'mytwip_dpo')
    THEN
        CREATE ROLE mytwip_dpo NOLOGIN;
    END IF;
END
$$;

COMMENT ON ROLE mytwip_nginx IS
'nginx with ngx_mytwip_module logs in as this role. It may execute ingest, ingest_apart, journal_positions, unsubscribe_page and privacy_page and may read no table. Made without a password: set one, or let pg_hba.conf say peer or cert.';
COMMENT ON ROLE mytwip_sender IS
'What sends the mails: it may read mailable and call mail_links and mailed. It cannot log in; grant it to the login of the sending service.';
COMMENT ON ROLE mytwip_dev IS
'Who develops the platform: it may read activity_report, which names nobody, and nothing else. It cannot log in; grant it to the logins of developers.';
COMMENT ON ROLE mytwip_admin IS
'Who administers the platform: it may read login_report and nothing else. It cannot log in; grant it to the logins of administrators.';
COMMENT ON ROLE mytwip_veilleur IS
'Who makes newsletters: it may read issue_report, newsletter_report and unsubscription_report, which show the newsletters of the caller, anonymised. It cannot log in; grant it to the logins of veilleurs, or to that of the application that they use, and say in newsletter_owner what is theirs.';
COMMENT ON ROLE mytwip_dpo IS
'Who answers for the rights of people (GDPR art. 12 to 22, 30, 33, 34): it may call export, correct, restrict, object and erase of readers and users, find_subject, answer_privacy_request and the scope of a breach, each noted in dpo_log, and read that log, the requests of readers, the retention and processing_register; no other table, and write none. It cannot log in; grant it to the login of the privacy officer.';

-- What nginx sends has numbers of readers and what users did, in parameters:
-- not into the server's log, when a batch fails or is slow.

ALTER ROLE mytwip_nginx SET log_error_verbosity = 'terse';
ALTER ROLE mytwip_nginx SET log_min_error_statement = 'panic';
ALTER ROLE mytwip_nginx SET log_parameter_max_length = 0;
ALTER ROLE mytwip_nginx SET log_parameter_max_length_on_error = 0;
