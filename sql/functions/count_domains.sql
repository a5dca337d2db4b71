CREATE FUNCTION mytwip.count_domains() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    DELETE FROM mytwip.domain_opens AS d
     WHERE d.during < now() - interval '1 day';

    DELETE FROM mytwip.mail_domain;

    INSERT INTO mytwip.mail_domain (account_id, newsletter_id, domain, readers)
    SELECT s.account_id, s.newsletter_id, s.domain, count(*)
      FROM mytwip.subscription AS s
     WHERE s.status = 'subscribed' AND s.domain IS NOT NULL
     GROUP BY s.account_id, s.newsletter_id, s.domain
    HAVING count(*) >= greatest(5, (SELECT k FROM mytwip.smallest_group));
END
$$;

COMMENT ON FUNCTION mytwip.count_domains() IS
'Counts the subscribers of each newsletter and domain anew, and forgets domain_opens of the day before: part of maintain, once a day. Reads all of subscription.';
