-- Who knows the key can say of every reader in which group of opener_bits they
-- are. So it is apart from the issue, in no dump, and not kept for longer than
-- opens of a mail commonly come.

CREATE TABLE mytwip.opener_key (
    account_id  bigint NOT NULL,
    issue_id    bigint NOT NULL,
    key         bigint NOT NULL
                DEFAULT hashtextextended(gen_random_uuid()::text, 0),
    PRIMARY KEY (account_id, issue_id)
);

COMMENT ON TABLE mytwip.opener_key IS
'Says which reader is in which group of opener_bits. Nobody has to know it. Made with the issue; deleted by maintain() together with the bits as mytwip.retention says, 30 days after the issue was sent or first opened. In no dump of the extension. An open of an issue without a key is in issue_opens.nobodys.';
