-- A row may be committed after one with a higher id, and who has read on from
-- there would miss it. A row is shown once no transaction can be running that
-- is older than its own: all have their number before they take an id. (Those
-- from the future were restored from a dump.)

CREATE VIEW mytwip.unsubscription_feed AS
SELECT u.id, u.account_id, u.at, u.recorded_at, u.reader_id, u.newsletter_id,
       u.action, u.way, u.reason, u.applied
  FROM mytwip.unsubscription AS u
 WHERE u.xid < (SELECT pg_snapshot_xmin(pg_current_snapshot()))
    OR u.xid >= (SELECT pg_snapshot_xmax(pg_current_snapshot()))
       AND u.xid IS DISTINCT FROM pg_current_xact_id_if_assigned();

COMMENT ON VIEW mytwip.unsubscription_feed IS
'mytwip.unsubscription for platforms that poll: WHERE id > last ORDER BY id misses nothing and gives nothing twice. A row shows as soon as every transaction that wrote before it has ended.';
