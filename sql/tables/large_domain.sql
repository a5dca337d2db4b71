CREATE TABLE mytwip.large_domain (
    account_id  bigint NOT NULL,
    domain      integer NOT NULL,
    readers     bigint NOT NULL,
    PRIMARY KEY (account_id, domain)
);

COMMENT ON TABLE mytwip.large_domain IS
'Domains of mail, by their hash, with 1000 readers of an account or more, as maintain() has last counted them. What is_sweep need not count.';
