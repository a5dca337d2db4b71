-- A role that is here is believed, so only the owner writes it. Everybody who
-- has mytwip_veilleur would be everybody else if that could stand here.

CREATE TABLE mytwip.veilleur_pooler (
    role_name  name PRIMARY KEY
               CONSTRAINT veilleur_pooler_check
               CHECK (role_name NOT IN ('mytwip_veilleur', 'public'))
);

COMMENT ON TABLE mytwip.veilleur_pooler IS
'Roles that may say whom they speak for, by the setting mytwip.veilleur: the id of a user of the platform. For every other role the setting means nothing.';
COMMENT ON COLUMN mytwip.veilleur_pooler.role_name IS
'The login of an application that has found out who its user is. What inherits from it may do the same.';
