-- What the nouns that follow share: states that move only as a table says, a
-- history that nobody has to remember to write, and columns that never change.

-- The legal moves of every noun; '' is the beginning. The domain holds the same
-- and a test compares them.
CREATE TABLE state_moves (
    noun       text NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (noun, from_state, to_state)
);
REVOKE INSERT, UPDATE, DELETE ON state_moves FROM sanshe_app;

CREATE TABLE state_history (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    noun       text NOT NULL,
    subject_id uuid NOT NULL,
    state      text NOT NULL,
    at         timestamptz NOT NULL
);
CREATE INDEX state_history_by_subject ON state_history (subject_id, id);
CREATE TRIGGER state_history_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON state_history
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON state_history FROM sanshe_app;

-- BEFORE INSERT OR UPDATE … EXECUTE FUNCTION state_guard('noun')
CREATE FUNCTION state_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    noun text := TG_ARGV[0];
    was  text := '';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.state = OLD.state THEN
            RETURN NEW;
        END IF;
        was := OLD.state;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM state_moves m
                   WHERE m.noun = TG_ARGV[0] AND m.from_state = was AND m.to_state = NEW.state) THEN
        PERFORM sanshe_refuse(upper(noun) || '_STATE',
            format('状态不能从“%s”变为“%s”', was, NEW.state),
            format('the state cannot go from %s to %s', coalesce(nullif(was, ''), 'nothing'), NEW.state));
    END IF;
    INSERT INTO state_history (noun, subject_id, state, at)
    VALUES (noun, NEW.id, NEW.state, NEW.updated_at);
    RETURN NEW;
END
$$;

-- BEFORE UPDATE … EXECUTE FUNCTION origin_guard('noun', 'column', …)
CREATE FUNCTION origin_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was jsonb := to_jsonb(OLD);
    now jsonb := to_jsonb(NEW);
BEGIN
    FOR at IN 1 .. TG_NARGS - 1 LOOP
        IF was -> TG_ARGV[at] IS DISTINCT FROM now -> TG_ARGV[at] THEN
            PERFORM sanshe_refuse(upper(TG_ARGV[0]) || '_ORIGIN',
                format('%s 登记后不可更改', TG_ARGV[at]),
                format('%s never changes once it is written', TG_ARGV[at]));
        END IF;
    END LOOP;
    RETURN NEW;
END
$$;

-- The digits of a code that say where it is; and whether one lies in another.
CREATE FUNCTION division_prefix(code text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN right(code, 10) = '0000000000' THEN left(code, 2)
        WHEN right(code, 8) = '00000000' THEN left(code, 4)
        WHEN right(code, 6) = '000000' THEN left(code, 6)
        WHEN right(code, 3) = '000' THEN left(code, 9)
        ELSE code
    END
$$;
CREATE FUNCTION division_covers(above text, code text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT starts_with(code, division_prefix(above))
$$;

-- The day in China.
CREATE FUNCTION china_day(at timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS $$
    SELECT (at AT TIME ZONE 'Asia/Shanghai')::date
$$;

-- The number in force for a division and a day, as the service reads it.
CREATE FUNCTION policy_number(wanted text, place text, day date) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE found bigint;
BEGIN
    SELECT value::bigint INTO found FROM policy_parameters p
    WHERE p.key = wanted AND (p.division = '' OR division_covers(p.division, place))
      AND p.effective @> day
    ORDER BY length(rtrim(p.division, '0')) DESC LIMIT 1;
    IF found IS NULL THEN
        PERFORM sanshe_refuse('PARAMETER_MISSING',
            format('%s 没有生效的参数 %s,请先由主管部门设定', day, wanted),
            format('no value of %s is in force on %s; the authority has to set one', wanted, day));
    END IF;
    RETURN found;
END
$$;
