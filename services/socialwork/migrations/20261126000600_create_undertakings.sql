-- 小组 (SM-7, MZ/T 095-2017), 社区活动 (SM-8), 政策倡导 (A47): what a social worker
-- undertakes with many. One shape, three ways through their phases.
CREATE TABLE undertakings (
    id            uuid PRIMARY KEY,
    kind          text NOT NULL CHECK (kind IN ('GROUP', 'PROGRAMME', 'ADVOCACY')),
    community_id  uuid NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    lead_id       uuid NOT NULL REFERENCES social_workers (id),
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    aim           text NOT NULL CHECK (length(aim) BETWEEN 1 AND 1000),
    audience      text NOT NULL CHECK (length(audience) BETWEEN 1 AND 200),
    phase         text NOT NULL,
    -- To whom it was handed over or submitted; what was answered; why it was called off.
    addressee     text CHECK (length(addressee) BETWEEN 1 AND 200),
    answer        text CHECK (length(answer) BETWEEN 1 AND 2000),
    summary       text CHECK (length(summary) BETWEEN 1 AND 2000),
    version       integer NOT NULL DEFAULT 1,
    started_at    timestamptz NOT NULL,
    ended_at      timestamptz,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT undertaking_end CHECK (
        (ended_at IS NOT NULL) = (phase IN ('ENDED', 'HANDED_OVER', 'CLOSED', 'CANCELLED'))
        AND (ended_at IS NULL OR summary IS NOT NULL)),
    CONSTRAINT undertaking_addressee CHECK (
        phase NOT IN ('HANDED_OVER', 'SUBMITTED', 'ANSWERED', 'CLOSED') OR addressee IS NOT NULL),
    CONSTRAINT undertaking_answer CHECK (phase NOT IN ('ANSWERED', 'CLOSED') OR answer IS NOT NULL)
);
CREATE INDEX undertakings_by_division ON undertakings (division_code text_pattern_ops, id);
CREATE INDEX undertakings_by_community ON undertakings (community_id, id);
CREATE INDEX undertakings_by_lead ON undertakings (lead_id, id);

CREATE TABLE undertaking_transitions (
    kind       text NOT NULL,
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (kind, from_state, to_state)
);
INSERT INTO undertaking_transitions
SELECT kind, phases[n], phases[n + 1]
FROM (VALUES ('GROUP', ARRAY['PREPARING', 'FORMING', 'TURNING', 'MATURE', 'ENDED']),
             ('PROGRAMME', ARRAY['SURVEY', 'PLAN', 'MOBILISE', 'IMPLEMENT', 'EVALUATE', 'HANDED_OVER']),
             ('ADVOCACY', ARRAY['RAISED', 'EVIDENCE', 'SUBMITTED', 'ANSWERED', 'CLOSED'])) AS ways (kind, phases),
     generate_subscripts(phases, 1) AS n WHERE phases[n + 1] IS NOT NULL;
INSERT INTO undertaking_transitions
SELECT DISTINCT kind, from_state, 'CANCELLED' FROM undertaking_transitions;
REVOKE INSERT, UPDATE, DELETE ON undertaking_transitions FROM sanshe_app;

-- 成效指标: with what it begins, and where it is to arrive.
CREATE TABLE undertaking_measures (
    id             uuid PRIMARY KEY,
    undertaking_id uuid NOT NULL REFERENCES undertakings (id),
    name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    unit           text NOT NULL CHECK (length(unit) BETWEEN 1 AND 20),
    baseline       integer NOT NULL,
    target         integer NOT NULL,
    CONSTRAINT measure_named UNIQUE (undertaking_id, name),
    CONSTRAINT measure_moves CHECK (baseline <> target)
);
CREATE TABLE undertaking_readings (
    id         uuid PRIMARY KEY,
    measure_id uuid NOT NULL REFERENCES undertaking_measures (id),
    value      integer NOT NULL,
    taken_on   date NOT NULL,
    taken_by   text NOT NULL CHECK (taken_by <> ''),
    taken_at   timestamptz NOT NULL,
    CONSTRAINT reading_in_future CHECK (taken_on <= sw_day(taken_at))
);
CREATE INDEX undertaking_readings_by_measure ON undertaking_readings (measure_id, id DESC);

-- 参与者. Who takes part is for the lead and for themself.
CREATE TABLE undertaking_participants (
    undertaking_id uuid NOT NULL REFERENCES undertakings (id),
    resident_id    uuid NOT NULL,
    joined_at      timestamptz NOT NULL,
    left_at        timestamptz,
    CONSTRAINT participant_days CHECK (left_at >= joined_at),
    CONSTRAINT participant_exists PRIMARY KEY (undertaking_id, resident_id)
);
CREATE INDEX undertaking_participants_by_resident ON undertaking_participants (resident_id, undertaking_id);

CREATE TABLE undertaking_sessions (
    id             uuid PRIMARY KEY,
    undertaking_id uuid NOT NULL REFERENCES undertakings (id),
    number         integer NOT NULL CHECK (number >= 1),
    topic          text NOT NULL CHECK (length(topic) BETWEEN 1 AND 200),
    held_from      timestamptz NOT NULL,
    held_to        timestamptz NOT NULL,
    attendance     integer NOT NULL CHECK (attendance >= 0),
    recorded_by    text NOT NULL CHECK (recorded_by <> ''),
    recorded_at    timestamptz NOT NULL,
    CONSTRAINT undertaking_session_number UNIQUE (undertaking_id, number),
    CONSTRAINT undertaking_session_hours CHECK (
        held_to > held_from AND held_to <= held_from + interval '12 hours' AND held_to <= recorded_at),
    CONSTRAINT undertaking_session_overlap EXCLUDE USING gist
        (undertaking_id WITH =, tstzrange(held_from, held_to) WITH &&)
);
CREATE TABLE undertaking_attendances (
    session_id  uuid NOT NULL REFERENCES undertaking_sessions (id),
    resident_id uuid NOT NULL,
    PRIMARY KEY (session_id, resident_id)
);
CREATE FUNCTION undertaking_attendances_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM undertaking_sessions s JOIN undertaking_participants p USING (undertaking_id)
        WHERE s.id = NEW.session_id AND p.resident_id = NEW.resident_id AND p.joined_at <= s.held_to
          AND (p.left_at IS NULL OR p.left_at > s.held_from)) THEN
        PERFORM sanshe_refuse('ATTENDANCE_UNKNOWN', '签到者当时不是参与者', 'who attended took part at that time');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER undertaking_attendances_guard BEFORE INSERT ON undertaking_attendances
    FOR EACH ROW EXECUTE FUNCTION undertaking_attendances_guard();
-- The number shown is the number of those who signed in; judged at commit.
CREATE FUNCTION undertaking_sessions_true() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.attendance <> (SELECT count(*) FROM undertaking_attendances a WHERE a.session_id = NEW.id)
       AND (SELECT kind FROM undertakings WHERE id = NEW.undertaking_id) = 'GROUP' THEN
        PERFORM sanshe_refuse('ATTENDANCE_UNTRUE', '小组出席人数与签到不符', 'the attendance of a group is who signed in');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER undertaking_sessions_true AFTER INSERT ON undertaking_sessions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION undertaking_sessions_true();

CREATE TRIGGER undertaking_measures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON undertaking_measures
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER undertaking_readings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON undertaking_readings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER undertaking_sessions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON undertaking_sessions
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER undertaking_attendances_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON undertaking_attendances
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON undertaking_measures, undertaking_readings, undertaking_sessions,
    undertaking_attendances FROM sanshe_app;
REVOKE DELETE ON undertakings, undertaking_participants FROM sanshe_app;

CREATE FUNCTION undertakings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.phase <> (ARRAY['PREPARING', 'SURVEY', 'RAISED'])[array_position(
               ARRAY['GROUP', 'PROGRAMME', 'ADVOCACY'], NEW.kind)] THEN
            PERFORM sanshe_refuse('UNDERTAKING_PHASE', '须从第一个阶段开始', 'it begins with its first phase');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.kind, NEW.community_id, NEW.division_code, NEW.title, NEW.aim, NEW.started_at)
       IS DISTINCT FROM (OLD.kind, OLD.community_id, OLD.division_code, OLD.title, OLD.aim, OLD.started_at) THEN
        PERFORM sanshe_refuse('UNDERTAKING_ORIGIN', '主题、目的与社区不可更改', 'it keeps its title, aim and community');
    END IF;
    IF NEW.phase = OLD.phase THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM undertaking_transitions t
                   WHERE t.kind = NEW.kind AND t.from_state = OLD.phase AND t.to_state = NEW.phase) THEN
        PERFORM sanshe_refuse('UNDERTAKING_PHASE', format('不能从 %s 变为 %s', OLD.phase, NEW.phase),
            format('one cannot go from %s to %s', OLD.phase, NEW.phase));
    END IF;
    IF NEW.phase = 'CANCELLED' THEN
        RETURN NEW;
    END IF;
    IF NEW.phase IN ('FORMING', 'MOBILISE', 'EVIDENCE') AND NOT EXISTS (
        SELECT 1 FROM undertaking_measures m WHERE m.undertaking_id = NEW.id) THEN
        PERFORM sanshe_refuse('MEASURES_MISSING', '须先设定成效指标', 'set what shows the outcome first');
    END IF;
    IF NEW.phase = 'FORMING' AND
       (SELECT count(*) FROM undertaking_participants p WHERE p.undertaking_id = NEW.id AND p.left_at IS NULL)
       < sw_parameter('sw.group.least_members', NEW.division_code, sw_day(NEW.updated_at)) THEN
        PERFORM sanshe_refuse('GROUP_TOO_SMALL', '小组成员人数不足', 'the group has too few members');
    END IF;
    IF NEW.phase IN ('ENDED', 'HANDED_OVER') AND EXISTS (
        SELECT 1 FROM undertaking_measures m WHERE m.undertaking_id = NEW.id AND NOT EXISTS (
            SELECT 1 FROM undertaking_readings r WHERE r.measure_id = m.id)) THEN
        PERFORM sanshe_refuse('READINGS_MISSING', '须先记录各项成效指标', 'read every measure first');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER undertakings_guard BEFORE INSERT OR UPDATE ON undertakings
    FOR EACH ROW EXECUTE FUNCTION undertakings_guard();

CREATE FUNCTION undertaking_participants_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    u undertakings;
BEGIN
    SELECT * INTO u FROM undertakings WHERE id = NEW.undertaking_id FOR UPDATE;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.undertaking_id, NEW.resident_id) IS DISTINCT FROM (OLD.undertaking_id, OLD.resident_id) THEN
            PERFORM sanshe_refuse('PARTICIPANT_FIXED', '参与者不可更改', 'a participant is who they are');
        END IF;
        IF NEW.left_at IS NOT NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    IF u.ended_at IS NOT NULL THEN
        PERFORM sanshe_refuse('UNDERTAKING_OVER', '活动已结束', 'it is over');
    END IF;
    IF u.kind = 'GROUP' AND
       (SELECT count(*) FROM undertaking_participants p WHERE p.undertaking_id = u.id AND p.left_at IS NULL
          AND p.resident_id <> NEW.resident_id)
       >= sw_parameter('sw.group.most_members', u.division_code, sw_day(NEW.joined_at)) THEN
        PERFORM sanshe_refuse('GROUP_FULL', '小组成员已满', 'the group is full');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER undertaking_participants_guard BEFORE INSERT OR UPDATE ON undertaking_participants
    FOR EACH ROW EXECUTE FUNCTION undertaking_participants_guard();

INSERT INTO policy_parameters (key, division, value, unit, effective, source) VALUES
    ('sw.group.least_members', '', 3, 'members', '[2009-01-01,)', '示范默认值(参照 MZ/T 095-2017),待市级文件核定'),
    ('sw.group.most_members', '', 15, 'members', '[2009-01-01,)', '示范默认值(参照 MZ/T 095-2017),待市级文件核定');
