CREATE TABLE mytwip.mail_domain (
    account_id     bigint NOT NULL,
    newsletter_id  bigint NOT NULL,
    domain         integer NOT NULL,
    readers        bigint NOT NULL,
    PRIMARY KEY (account_id, newsletter_id, domain)
);

COMMENT ON TABLE mytwip.mail_domain IS
'Domains of mail, by their hash, with at least 5 (and k) subscribers of a newsletter, as maintain() has last counted them.';


-- Not logged: after a crash the seconds before it are not looked at. A row for
-- each issue, domain and four seconds with opens; maintain() deletes them after
-- a day.

CREATE UNLOGGED TABLE mytwip.domain_opens (
    account_id  bigint NOT NULL,
    issue_id    bigint NOT NULL,
    domain      integer NOT NULL,
    during      timestamptz NOT NULL,
    readers     integer NOT NULL,
    latest      integer NOT NULL,
    seen        bigint NOT NULL,
    PRIMARY KEY (account_id, issue_id, domain, during)
) WITH (fillfactor = 70);

COMMENT ON TABLE mytwip.domain_opens IS
'How many readers of a domain opened an issue within four seconds, by which a sweep is seen that comes in several batches. Only of domains in mail_domain, so that k readers or more share each; but see seen. Not logged, so neither in backups nor, as dump.sql leaves it out, in dumps.';
COMMENT ON COLUMN mytwip.domain_opens.latest IS
'How many of them came with the last batch and are not in those before.';
COMMENT ON COLUMN mytwip.domain_opens.seen IS
'As long as they may be one or two, whose mail is fetched again in each batch: a bit of 64 for each reader, by a hash whose key is in no table. Then -1.';
