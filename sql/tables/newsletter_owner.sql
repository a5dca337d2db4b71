-- A veilleur is a role of the database, or a user of the platform for whom a
-- pooler's role speaks: see functions/own_newsletters.sql. The name and not
-- the oid of the role, so that a dump finds it again; a role that is made
-- anew under the name of one dropped has what that one had.

CREATE TABLE mytwip.newsletter_owner (
    account_id     bigint NOT NULL,
    newsletter_id  bigint NOT NULL,
    role_name      name,
    user_id        bigint,
    UNIQUE NULLS NOT DISTINCT (account_id, newsletter_id, role_name, user_id),
    CONSTRAINT newsletter_owner_check
        CHECK (num_nonnulls(role_name, user_id) = 1),
    FOREIGN KEY (account_id, newsletter_id) REFERENCES mytwip.newsletter
        ON DELETE CASCADE,
    FOREIGN KEY (account_id, user_id) REFERENCES mytwip.platform_user
        ON DELETE CASCADE
);

CREATE INDEX newsletter_owner_user_idx
    ON mytwip.newsletter_owner (account_id, user_id);

COMMENT ON TABLE mytwip.newsletter_owner IS
'Whose newsletter it is: which veilleurs see its reports. Each row names a role or a user, and there may be several. Small: a reference table on Citus.';
COMMENT ON COLUMN mytwip.newsletter_owner.role_name IS
'A role that has mytwip_veilleur: its login, or one that several logins inherit from.';
COMMENT ON COLUMN mytwip.newsletter_owner.user_id IS
'A user of the same account, who comes through a role in veilleur_pooler.';
