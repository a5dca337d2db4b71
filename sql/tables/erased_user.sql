CREATE TABLE mytwip.erased_user (
    account_id  bigint NOT NULL,
    user_id     bigint NOT NULL CONSTRAINT erased_user_id_key UNIQUE,
    erased_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (account_id, user_id)
);

COMMENT ON TABLE mytwip.erased_user IS
'Ids of platform users who were erased, as erased_reader. It is only appended to, by erase_user.';
