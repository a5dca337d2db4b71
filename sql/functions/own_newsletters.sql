-- Two ways to be somebody:
--
--     CREATE ROLE alice LOGIN; GRANT mytwip_veilleur TO alice;
--     INSERT INTO mytwip.newsletter_owner (account_id, newsletter_id,
--                                          role_name) VALUES (1, 1, 'alice');
--
-- or, where an application has one login for all its users,
--
--     CREATE ROLE reports LOGIN; GRANT mytwip_veilleur TO reports;
--     INSERT INTO mytwip.veilleur_pooler VALUES ('reports');
--     INSERT INTO mytwip.newsletter_owner (account_id, newsletter_id,
--                                          user_id) VALUES (1, 1, 42);
--
-- and then, as reports, in each transaction: SET LOCAL mytwip.veilleur = '42'.
-- Anybody can set that; it counts for who is in veilleur_pooler.

CREATE FUNCTION mytwip.own_newsletters()
RETURNS TABLE (account_id bigint, newsletter_id bigint)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    caller   CONSTANT name := mytwip.caller();
    setting  CONSTANT text := current_setting('mytwip.veilleur', true);
    person   bigint;
BEGIN
    IF setting <> ''
       AND EXISTS (SELECT FROM mytwip.veilleur_pooler AS p
                     JOIN pg_roles AS r ON r.rolname = p.role_name
                    WHERE pg_has_role(caller, r.oid, 'USAGE'))
    THEN
        IF setting !~ '^[0-9]{1,18}$' THEN
            RAISE EXCEPTION 'mytwip.veilleur is no user: "%"', setting
                USING ERRCODE = 'invalid_parameter_value',
                      HINT = 'Expected the id of a user of the platform.';
        END IF;

        person := setting::bigint;
    END IF;

    RETURN QUERY
    SELECT DISTINCT o.account_id, o.newsletter_id
      FROM mytwip.newsletter_owner AS o
      LEFT JOIN pg_roles AS r ON r.rolname = o.role_name
     WHERE o.user_id = person OR pg_has_role(caller, r.oid, 'USAGE');
END
$$;

COMMENT ON FUNCTION mytwip.own_newsletters() IS
'The newsletters of the caller, by newsletter_owner: of the role and those that it inherits from, and, for a role in veilleur_pooler, of the user in the setting mytwip.veilleur. Raises 22023 if such a role has set what is no id.';
