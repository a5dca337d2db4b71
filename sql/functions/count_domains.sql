CREATE FUNCTION mytwip.count_domains() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    DELETE FROM mytwip.domain_opens AS d
     WHERE d.during < now() - interval '1 day';

    DELETE FROM mytwip.mail_domain;

    INSERT INTO mytwip.mail_domain (account_id, domain, readers)
    SELECT r.account_id, mytwip.domain(r.email) AS domain, count(*)
      FROM mytwip.reader AS r
     WHERE mytwip.domain(r.email) IS NOT NULL
     GROUP BY r.account_id, mytwip.domain(r.email)
    HAVING count(*) >= greatest(5, (SELECT k FROM mytwip.smallest_group));
END
$$;

COMMENT ON FUNCTION mytwip.count_domains() IS
'Counts the readers of each domain anew, and forgets domain_opens of the day before: part of maintain, once a day. Reads all of reader.';
