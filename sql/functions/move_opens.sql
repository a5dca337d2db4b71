CREATE FUNCTION mytwip.move_opens(account_id bigint, issue_id bigint,
    named boolean, old smallint, new smallint, n bigint)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    human    CONSTANT bigint := n * ((new = 1)::integer - (old = 1)::integer);
    machine  CONSTANT bigint := n * ((new > 2)::integer - (old > 2)::integer);
BEGIN
    IF named THEN
        UPDATE mytwip.issue_opens AS o
           SET human_named = human_named + human,
               machine_named = machine_named + machine,
               undecided_named = undecided_named - human - machine
         WHERE o.account_id = move_opens.account_id
           AND o.issue_id = move_opens.issue_id;
    ELSE
        UPDATE mytwip.issue_opens AS o
           SET human_unnamed = human_unnamed + human,
               machine_unnamed = machine_unnamed + machine,
               undecided_unnamed = undecided_unnamed - human - machine,
               retracted = retracted - human
         WHERE o.account_id = move_opens.account_id
           AND o.issue_id = move_opens.issue_id;
    END IF;
END
$$;

COMMENT ON FUNCTION mytwip.move_opens(bigint, bigint, boolean, smallint,
    smallint, bigint) IS
'Moves n opens of an issue from one verdict to another in issue_opens.';
