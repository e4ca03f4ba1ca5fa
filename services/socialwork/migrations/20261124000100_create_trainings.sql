-- The number in force for a key in a place on a day: what the runtime reads
-- too, so that a hand-written row meets the same rule.
CREATE FUNCTION sw_parameter(wanted text, place text, day date) RETURNS numeric
LANGUAGE plpgsql STABLE AS $$
DECLARE
    found numeric;
BEGIN
    SELECT value INTO found FROM policy_parameters
    WHERE key = wanted AND effective @> day
      AND division IN ('', left(place, 2) || '0000000000', left(place, 4) || '00000000',
                       left(place, 6) || '000000', left(place, 9) || '000', place)
    ORDER BY length(rtrim(division, '0')) DESC LIMIT 1;
    IF found IS NULL THEN
        PERFORM sanshe_refuse('PARAMETER_MISSING',
            format('%s 没有生效的参数 %s', day, wanted),
            format('no value of %s is in force on %s', wanted, day));
    END IF;
    RETURN found;
END
$$;

-- 学时台账 (A48, A51). Hours of training, one row per course attended. Minutes
-- add up to what the three-year cycle and the municipal route ask for.
CREATE TABLE trainings (
    id            uuid PRIMARY KEY,
    resident_id   uuid NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    course        text NOT NULL CHECK (length(course) BETWEEN 1 AND 200),
    minutes       bigint NOT NULL CONSTRAINT training_minutes CHECK (minutes BETWEEN 1 AND 30000),
    held_on       date NOT NULL,
    recorded_by   text NOT NULL CHECK (recorded_by <> ''),
    recorded_at   timestamptz NOT NULL,
    CONSTRAINT training_recorded UNIQUE (resident_id, course, held_on),
    CONSTRAINT training_in_future CHECK (held_on <= (recorded_at AT TIME ZONE 'Asia/Shanghai')::date)
);
CREATE INDEX trainings_by_resident ON trainings (resident_id, held_on);
CREATE TRIGGER trainings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON trainings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON trainings FROM sanshe_app;

-- 市民政考试. One sitting per person and day; a pass needs the pass mark.
CREATE TABLE exams (
    id            uuid PRIMARY KEY,
    resident_id   uuid NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    passed        boolean NOT NULL,
    score         integer NOT NULL CONSTRAINT exam_score CHECK (score BETWEEN 0 AND 100),
    held_on       date NOT NULL,
    recorded_by   text NOT NULL CHECK (recorded_by <> ''),
    recorded_at   timestamptz NOT NULL,
    CONSTRAINT exam_recorded UNIQUE (resident_id, held_on),
    CONSTRAINT exam_in_future CHECK (held_on <= (recorded_at AT TIME ZONE 'Asia/Shanghai')::date)
);

CREATE FUNCTION exams_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.passed AND NEW.score < sw_parameter('sw.municipal.pass_mark', NEW.division_code, NEW.held_on) THEN
        PERFORM sanshe_refuse('EXAM_BELOW_PASS_MARK',
            '成绩未达合格线,不能登记为合格', 'the score is below the pass mark and cannot be a pass');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER exams_guard BEFORE INSERT ON exams FOR EACH ROW EXECUTE FUNCTION exams_guard();
CREATE TRIGGER exams_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON exams
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON exams FROM sanshe_app;
