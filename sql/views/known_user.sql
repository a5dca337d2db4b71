CREATE VIEW mytwip.known_user AS
SELECT u.account_id, u.id, false AS erased,
       u.restricted_since IS NULL AND u.objected_since IS NULL AS named
  FROM mytwip.platform_user AS u
UNION ALL
SELECT e.account_id, e.user_id, true, false
  FROM mytwip.erased_user AS e;

COMMENT ON VIEW mytwip.known_user IS
'The ids of platform users that may be in a session, for ingest: as known_reader.';
COMMENT ON COLUMN mytwip.known_user.named IS
'Whether activities are stored with the user.';
