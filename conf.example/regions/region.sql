-- Makes a database that of a region. Once in each, as its owner, after CREATE
-- EXTENSION mytwip and before the first account:
--
--     psql -v region=FR -v url=https://news-fr.example.org -f region.sql mytwip

\set ON_ERROR_STOP on

BEGIN;

ALTER DATABASE :"DBNAME" SET mytwip.region = :'region';
ALTER DATABASE :"DBNAME" SET mytwip.base_url = :'url';

-- an unknown region is an error here, and not at the first account
SELECT mytwip.database_region() AS region;

-- what was here before is not looked at by the trigger
DO $$
BEGIN
    IF EXISTS (SELECT FROM mytwip.account
                WHERE region <> mytwip.database_region())
    THEN
        RAISE EXCEPTION 'there are accounts of another region here';
    END IF;
END
$$;

-- a key of its own, so that a link of the other region is not valid here
SELECT mytwip.new_key(true)
 WHERE NOT EXISTS (SELECT FROM mytwip.signing_key);

COMMIT;
