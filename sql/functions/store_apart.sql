-- Halves what is refused until the culprit is alone. Only errors that come of
-- the content: what comes of the server's state will not be better in halves.
--
-- Each half locks in the order of store_events, both together do not: a deadlock
-- with another batch fails one of them, which nginx sends again.

CREATE FUNCTION mytwip.store_apart(segment uuid, base bigint,
    kinds smallint[], positions bigint[], times timestamptz[],
    issues bigint[], readers bigint[], codes smallint[], details text[])
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, mytwip, pg_temp
AS $$
DECLARE
    n     CONSTANT integer := cardinality(positions);
    half  CONSTANT integer := n / 2;
BEGIN
    BEGIN
        PERFORM mytwip.store_events(segment, base, kinds, positions, times,
                                    issues, readers, codes, details);
        RETURN;
    EXCEPTION
        WHEN data_exception OR integrity_constraint_violation
             OR raise_exception OR program_limit_exceeded
        THEN
            IF n = 1 THEN
                -- without the reader, who may exist
                INSERT INTO mytwip.rejected (segment, position, reason,
                                             sqlstate, kind, at, issue_id,
                                             code)
                VALUES (segment, positions[1], 'refused', sqlstate, kinds[1],
                        times[1],
                        CASE WHEN kinds[1] = 5 THEN NULL ELSE issues[1] END,
                        codes[1]);
                RETURN;
            END IF;
    END;

    PERFORM mytwip.store_apart(segment, base, kinds[:half], positions[:half],
                               times[:half], issues[:half], readers[:half],
                               codes[:half], details[:half]);
    PERFORM mytwip.store_apart(segment, base, kinds[half + 1:],
                               positions[half + 1:], times[half + 1:],
                               issues[half + 1:], readers[half + 1:],
                               codes[half + 1:], details[half + 1:]);
END
$$;

COMMENT ON FUNCTION mytwip.store_apart(uuid, bigint, smallint[], bigint[],
    timestamptz[], bigint[], bigint[], smallint[], text[]) IS
'Stores the events of a batch as store_events does, but those that make it fail go to rejected with the reason refused, and the others are stored.';
