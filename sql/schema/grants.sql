-- Last: functions are executable by PUBLIC until this.

REVOKE ALL ON SCHEMA mytwip FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA mytwip FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA mytwip FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA mytwip FROM PUBLIC;

GRANT USAGE ON SCHEMA mytwip
    TO mytwip_nginx, mytwip_sender, mytwip_dev, mytwip_admin,
       mytwip_veilleur, mytwip_dpo;

GRANT EXECUTE ON FUNCTION mytwip.ingest(uuid, bigint, bigint, smallint[],
    bigint[], timestamptz[], bigint[], bigint[], smallint[], text[])
    TO mytwip_nginx;
GRANT EXECUTE ON FUNCTION mytwip.ingest_apart(uuid, bigint, bigint,
    smallint[], bigint[], timestamptz[], bigint[], bigint[], smallint[],
    text[]) TO mytwip_nginx;
GRANT EXECUTE ON FUNCTION mytwip.journal_positions(uuid[]) TO mytwip_nginx;
GRANT EXECUTE ON FUNCTION mytwip.unsubscribe_page(bigint, bigint)
    TO mytwip_nginx;
GRANT EXECUTE ON FUNCTION mytwip.privacy_page(bigint, bigint)
    TO mytwip_nginx;

GRANT EXECUTE ON FUNCTION mytwip.mail_links(bigint, bigint),
    mytwip.mailed(bigint, bigint[], timestamptz) TO mytwip_sender;
GRANT SELECT ON mytwip.mailable TO mytwip_sender;

GRANT EXECUTE ON FUNCTION mytwip.activity_groups() TO mytwip_dev;
GRANT SELECT ON mytwip.activity_report TO mytwip_dev;

GRANT SELECT ON mytwip.login_report TO mytwip_admin;

GRANT SELECT ON mytwip.issue_report, mytwip.newsletter_report,
    mytwip.unsubscription_report TO mytwip_veilleur;
GRANT EXECUTE ON FUNCTION mytwip.issues_for_caller(),
    mytwip.issue_for_caller(bigint),
    mytwip.newsletters_for_caller(), mytwip.unsubscriptions_for_caller()
    TO mytwip_veilleur;

GRANT EXECUTE ON FUNCTION mytwip.find_subject(text),
    mytwip.export_reader(bigint), mytwip.export_user(bigint),
    mytwip.correct_reader(bigint, text, text),
    mytwip.correct_user(bigint, text, text),
    mytwip.restrict_reader(bigint, boolean),
    mytwip.restrict_user(bigint, boolean),
    mytwip.object_reader(bigint, text), mytwip.object_user(bigint, boolean),
    mytwip.erase_reader(bigint), mytwip.erase_user(bigint),
    mytwip.answer_privacy_request(bigint, bigint, text),
    mytwip.breach_scope(timestamptz, timestamptz, text[]),
    mytwip.breach_subjects(timestamptz, timestamptz, text[]),
    mytwip.partman_retention(text)
    TO mytwip_dpo;
GRANT SELECT ON mytwip.dpo_log, mytwip.retention, mytwip.recipient,
    mytwip.processing_register, mytwip.privacy_request,
    mytwip.privacy_request_due TO mytwip_dpo;
