-- 课程 (A51): continuing education of social workers, and popular courses for
-- everybody else who works in a community. Attendance becomes hours of the one ledger.
CREATE TABLE courses (
    id            uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('CONTINUING', 'POPULAR')),
    content       text NOT NULL CHECK (content IN ('THEORY', 'PRACTICE')),
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    place         text NOT NULL CHECK (length(place) BETWEEN 1 AND 200),
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    starts_at     timestamptz NOT NULL,
    minutes       integer NOT NULL CONSTRAINT course_minutes CHECK (minutes BETWEEN 30 AND 30000),
    capacity      integer NOT NULL CONSTRAINT course_capacity CHECK (capacity BETWEEN 1 AND 1000),
    state         text NOT NULL CHECK (state IN ('ANNOUNCED', 'SETTLED', 'CANCELLED')),
    reason        text CHECK (length(reason) BETWEEN 1 AND 500),
    announced_by  text NOT NULL CHECK (announced_by <> ''),
    version       integer NOT NULL DEFAULT 1,
    announced_at  timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT course_reason CHECK ((reason IS NOT NULL) = (state = 'CANCELLED')),
    -- Nobody attended what has not been.
    CONSTRAINT course_in_future CHECK (state <> 'SETTLED' OR starts_at + make_interval(mins => minutes) <= updated_at)
);
CREATE INDEX courses_by_division ON courses (division_code text_pattern_ops, id);

ALTER TABLE trainings ADD COLUMN course_id uuid REFERENCES courses (id);
CREATE INDEX trainings_by_course ON trainings (course_id) WHERE course_id IS NOT NULL;

CREATE TABLE enrolments (
    course_id     uuid NOT NULL REFERENCES courses (id),
    resident_id   uuid NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    state         text NOT NULL CHECK (state IN ('ENROLLED', 'WITHDRAWN', 'ATTENDED', 'ABSENT')),
    -- Which hours: seen by the guard, and hours are never deleted.
    training_id   uuid CONSTRAINT enrolment_training UNIQUE,
    enrolled_at   timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT enrolment_exists PRIMARY KEY (course_id, resident_id),
    CONSTRAINT enrolment_hours CHECK ((training_id IS NOT NULL) = (state = 'ATTENDED'))
);
CREATE INDEX enrolments_by_resident ON enrolments (resident_id, course_id);

CREATE FUNCTION courses_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'ANNOUNCED' THEN
            PERFORM sanshe_refuse('COURSE_STATE', '课程须先公布', 'a course begins as ANNOUNCED');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'ANNOUNCED' OR to_jsonb(NEW) - ARRAY['state', 'reason', 'version', 'updated_at']
       <> to_jsonb(OLD) - ARRAY['state', 'reason', 'version', 'updated_at'] THEN
        PERFORM sanshe_refuse('COURSE_FIXED', '课程公布后只能结算或取消一次', 'a course is only settled or cancelled, and once');
    END IF;
    IF NEW.state = 'SETTLED' AND EXISTS (
        SELECT 1 FROM enrolments e WHERE e.course_id = NEW.id AND e.state = 'ENROLLED') THEN
        PERFORM sanshe_refuse('COURSE_UNSETTLED', '尚有报名者未登记出席情况', 'of somebody enrolled it is not said whether they came');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER courses_guard BEFORE INSERT OR UPDATE ON courses
    FOR EACH ROW EXECUTE FUNCTION courses_guard();

CREATE FUNCTION enrolments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    course courses;
BEGIN
    SELECT * INTO course FROM courses WHERE id = NEW.course_id FOR UPDATE;
    IF course.state <> 'ANNOUNCED' THEN
        PERFORM sanshe_refuse('COURSE_CLOSED', '课程已结算或取消', 'the course is settled or cancelled');
    END IF;
    IF TG_OP = 'UPDATE' AND (NEW.course_id, NEW.resident_id) IS DISTINCT FROM (OLD.course_id, OLD.resident_id) THEN
        PERFORM sanshe_refuse('ENROLMENT_FIXED', '报名人不可更改', 'an enrolment is of one person');
    END IF;
    IF NEW.state = 'ENROLLED' THEN
        IF TG_OP = 'UPDATE' AND OLD.state <> 'WITHDRAWN' THEN
            PERFORM sanshe_refuse('ENROLMENT_FIXED', '报名状态不可如此变更', 'an enrolment cannot go back');
        END IF;
        IF (SELECT count(*) FROM enrolments e WHERE e.course_id = course.id AND e.state = 'ENROLLED'
              AND e.resident_id <> NEW.resident_id) >= course.capacity THEN
            PERFORM sanshe_refuse('COURSE_FULL', '课程名额已满', 'the course is full');
        END IF;
        IF course.kind = 'CONTINUING' AND NOT EXISTS (
            SELECT 1 FROM social_workers w WHERE w.resident_id = NEW.resident_id AND w.active) THEN
            PERFORM sanshe_refuse('COURSE_FOR_WORKERS', '继续教育课程只面向在册社会工作者',
                'continuing education is for registered social workers');
        END IF;
    ELSIF NEW.state = 'ATTENDED' AND NOT EXISTS (
        SELECT 1 FROM trainings t WHERE t.id = NEW.training_id AND t.resident_id = NEW.resident_id
            AND t.course_id = course.id AND t.minutes = course.minutes AND t.held_on = sw_day(course.starts_at)) THEN
        PERFORM sanshe_refuse('ENROLMENT_HOURS_DIFFER', '学时记录与课程不符', 'the hours differ from the course');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER enrolments_guard BEFORE INSERT OR UPDATE ON enrolments
    FOR EACH ROW EXECUTE FUNCTION enrolments_guard();

-- Hours of a course are hours of somebody who was enrolled in it.
CREATE FUNCTION trainings_of_course_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.course_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM enrolments e WHERE e.course_id = NEW.course_id AND e.resident_id = NEW.resident_id
            AND e.state = 'ENROLLED') THEN
        PERFORM sanshe_refuse('TRAINING_NOT_ENROLLED', '该人未报名此课程', 'this person was not enrolled in the course');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER trainings_of_course_guard BEFORE INSERT ON trainings
    FOR EACH ROW EXECUTE FUNCTION trainings_of_course_guard();
REVOKE DELETE ON courses, enrolments FROM sanshe_app;
