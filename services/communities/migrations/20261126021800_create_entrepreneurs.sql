-- 创业扶持 (A31): applied, admitted, coached, started, followed; courses and grants.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('com.entrepreneur.coaching_hours', 8, 'hours', '[2018-01-01,)', '示范默认值,待市级文件核定(创业辅导最低学时)');

CREATE TABLE entrepreneurs (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    resident_id   uuid NOT NULL,
    idea          text NOT NULL CHECK (length(idea) BETWEEN 1 AND 1000),
    home_based     boolean NOT NULL,
    applied_at    timestamptz NOT NULL,
    state         text NOT NULL,
    note          text CHECK (length(note) BETWEEN 1 AND 1000),
    business      text CHECK (length(business) BETWEEN 1 AND 200),
    started_on    date,
    updated_at    timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT entrepreneur_refused CHECK (state <> 'REFUSED' OR note IS NOT NULL),
    CONSTRAINT entrepreneur_started CHECK ((state IN ('STARTED', 'TRACKED')) = (business IS NOT NULL)
        AND (business IS NULL) = (started_on IS NULL))
);
CREATE UNIQUE INDEX entrepreneur_once ON entrepreneurs (resident_id) WHERE state NOT IN ('REFUSED', 'WITHDRAWN', 'TRACKED');
CREATE INDEX entrepreneurs_by_division ON entrepreneurs (division_code text_pattern_ops, id);
INSERT INTO state_moves VALUES
    ('entrepreneur', '', 'APPLIED'),
    ('entrepreneur', 'APPLIED', 'ADMITTED'),
    ('entrepreneur', 'APPLIED', 'REFUSED'),
    ('entrepreneur', 'APPLIED', 'WITHDRAWN'),
    ('entrepreneur', 'ADMITTED', 'COACHED'),
    ('entrepreneur', 'ADMITTED', 'WITHDRAWN'),
    ('entrepreneur', 'COACHED', 'STARTED'),
    ('entrepreneur', 'COACHED', 'WITHDRAWN'),
    ('entrepreneur', 'STARTED', 'TRACKED');

CREATE TABLE startup_courses (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    topic         text NOT NULL CHECK (topic IN ('PROJECT', 'MANAGEMENT', 'FINANCE', 'BRAND')),
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    held_on       date NOT NULL,
    hours         integer NOT NULL CHECK (hours BETWEEN 1 AND 24),
    created_at    timestamptz NOT NULL
);
CREATE INDEX startup_courses_by_community ON startup_courses (community_id, id);
CREATE TABLE startup_attendance (
    id              uuid PRIMARY KEY,
    course_id       uuid NOT NULL REFERENCES startup_courses (id),
    entrepreneur_id uuid NOT NULL REFERENCES entrepreneurs (id),
    recorded_at     timestamptz NOT NULL,
    CONSTRAINT startup_attended_once UNIQUE (course_id, entrepreneur_id)
);
CREATE TABLE support_grants (
    id              uuid PRIMARY KEY,
    entrepreneur_id uuid NOT NULL REFERENCES entrepreneurs (id),
    kind            text NOT NULL CHECK (kind IN ('VENUE', 'TEAM', 'TALENT', 'CULTURE_SPORT')),
    description     text NOT NULL CHECK (length(description) BETWEEN 1 AND 500),
    value           bigint CHECK (value > 0),
    granted_by      text NOT NULL,
    granted_at      timestamptz NOT NULL
);
CREATE INDEX support_grants_by_entrepreneur ON support_grants (entrepreneur_id, id);
CREATE FUNCTION startup_support_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM entrepreneurs e WHERE e.id = NEW.entrepreneur_id
                   AND e.state IN ('ADMITTED', 'COACHED', 'STARTED', 'TRACKED')) THEN
        PERFORM sanshe_refuse('ENTREPRENEUR_NOT_ADMITTED', '创业人员尚未入选', 'they are not admitted');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER startup_attendance_guard BEFORE INSERT ON startup_attendance
    FOR EACH ROW EXECUTE FUNCTION startup_support_guard();
CREATE TRIGGER support_grants_guard BEFORE INSERT ON support_grants
    FOR EACH ROW EXECUTE FUNCTION startup_support_guard();
CREATE TRIGGER startup_courses_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON startup_courses
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER startup_attendance_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON startup_attendance
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER support_grants_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON support_grants
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON startup_courses, startup_attendance, support_grants FROM sanshe_app;

CREATE FUNCTION entrepreneur_hours(who uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(c.hours), 0) FROM startup_attendance a JOIN startup_courses c ON c.id = a.course_id
    WHERE a.entrepreneur_id = who
$$;
CREATE FUNCTION entrepreneurs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'COACHED' AND OLD.state <> 'COACHED' AND entrepreneur_hours(NEW.id)
       < policy_number('com.entrepreneur.coaching_hours', NEW.division_code, china_day(NEW.updated_at)) THEN
        PERFORM sanshe_refuse('ENTREPRENEUR_HOURS', '辅导学时不足', 'too few hours of coaching');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER entrepreneurs_guard BEFORE UPDATE ON entrepreneurs
    FOR EACH ROW EXECUTE FUNCTION entrepreneurs_guard();
CREATE TRIGGER entrepreneurs_origin BEFORE UPDATE ON entrepreneurs
    FOR EACH ROW EXECUTE FUNCTION origin_guard('entrepreneur', 'community_id', 'division_code', 'resident_id', 'idea', 'home_based', 'applied_at');
CREATE TRIGGER entrepreneurs_state BEFORE INSERT OR UPDATE ON entrepreneurs
    FOR EACH ROW EXECUTE FUNCTION state_guard('entrepreneur');
REVOKE DELETE ON entrepreneurs FROM sanshe_app;
