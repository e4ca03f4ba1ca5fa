-- What all nouns that move between states share: the legal moves as rows, the
-- moves that were made as a log, one guard for both, and one reader of the
-- number in force.

CREATE TABLE state_transitions (
    noun       text NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (noun, from_state, to_state)
);
REVOKE INSERT, UPDATE, DELETE ON state_transitions FROM sanshe_app;

-- Every move, with who made it, when and why.
CREATE TABLE state_changes (
    position   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    noun       text NOT NULL,
    subject_id uuid NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    reason     text CHECK (length(reason) BETWEEN 1 AND 500),
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT state_move FOREIGN KEY (noun, from_state, to_state)
        REFERENCES state_transitions (noun, from_state, to_state)
);
CREATE INDEX state_changes_of ON state_changes (subject_id, position);
CREATE TRIGGER state_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON state_changes
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON state_changes FROM sanshe_app;

-- CREATE TRIGGER … BEFORE INSERT OR UPDATE … EXECUTE FUNCTION state_guard(noun, first state).
CREATE FUNCTION state_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> TG_ARGV[1] THEN
            PERFORM sanshe_refuse('STATE_MOVE', format('只能从 %s 开始', TG_ARGV[1]),
                format('it begins as %s', TG_ARGV[1]));
        END IF;
    ELSIF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM state_transitions t
        WHERE t.noun = TG_ARGV[0] AND t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('STATE_MOVE', format('不能从 %s 变为 %s', OLD.state, NEW.state),
            format('it cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;

-- The number in force for a division on a day; a rule without its number is
-- not decided at all.
CREATE FUNCTION parameter_in_force(of_key text, of_division text, on_day date)
RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE
    found bigint;
BEGIN
    SELECT p.value::bigint INTO found FROM policy_parameters p
    WHERE p.key = of_key AND p.effective @> on_day
      AND starts_with(of_division, division_prefix(p.division))
    ORDER BY length(division_prefix(p.division)) DESC LIMIT 1;
    IF found IS NULL THEN
        PERFORM sanshe_refuse('PARAMETER_MISSING',
            format('%s 没有生效的参数 %s,请先由主管部门设定', on_day, of_key),
            format('no value of %s is in force on %s; the authority has to set one', of_key, on_day));
    END IF;
    RETURN found;
END
$$;
