CREATE FUNCTION mytwip.count_domains() RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
BEGIN
    DELETE FROM mytwip.large_domain;

    INSERT INTO mytwip.large_domain (account_id, domain, readers)
    SELECT r.account_id, mytwip.domain(r.email) AS domain, count(*)
      FROM mytwip.reader AS r
     WHERE mytwip.domain(r.email) IS NOT NULL
     GROUP BY r.account_id, mytwip.domain(r.email)
    HAVING count(*) >= 1000;
END
$$;

COMMENT ON FUNCTION mytwip.count_domains() IS
'Counts the readers of large domains anew, for is_sweep: part of maintain, once a day. Reads all of reader.';
