CREATE VIEW mytwip.known_reader AS
SELECT r.account_id, r.id, false AS erased
  FROM mytwip.reader AS r
UNION ALL
SELECT e.account_id, e.reader_id, true
  FROM mytwip.erased_reader AS e;

COMMENT ON VIEW mytwip.known_reader IS
'The ids of readers that may be in a link, for ingest: an event of an erased one is counted and names nobody, and is not kept apart as that of an unknown one would be, with the id.';
