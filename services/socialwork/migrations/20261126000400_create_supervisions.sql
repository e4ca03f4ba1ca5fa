-- 督导 (A50, SM-9): who supervises whom, how often, and what was held. Hours
-- count once both have confirmed them.
CREATE TABLE supervisions (
    id            uuid PRIMARY KEY,
    supervisor_id uuid NOT NULL REFERENCES social_workers (id),
    supervisee_id uuid NOT NULL REFERENCES social_workers (id),
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    period        daterange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period)),
    -- By when the next session is to have been held.
    due_on        date NOT NULL,
    assigned_by   text NOT NULL CHECK (assigned_by <> ''),
    assigned_at   timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT supervision_of_oneself CHECK (supervisor_id <> supervisee_id),
    CONSTRAINT supervision_overlap EXCLUDE USING gist (supervisee_id WITH =, period WITH &&)
);
CREATE INDEX supervisions_by_supervisor ON supervisions (supervisor_id, id);
CREATE INDEX supervisions_by_supervisee ON supervisions (supervisee_id, id);
CREATE INDEX supervisions_by_division ON supervisions (division_code text_pattern_ops, id);

CREATE FUNCTION supervisions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rank integer;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - ARRAY['period', 'due_on', 'version'] <> to_jsonb(OLD) - ARRAY['period', 'due_on', 'version']
           OR lower(NEW.period) <> lower(OLD.period) OR NOT NEW.period <@ OLD.period THEN
            PERFORM sanshe_refuse('SUPERVISION_FIXED', '督导关系只能提前结束', 'a supervision only ends, earlier');
        END IF;
        RETURN NEW;
    END IF;
    SELECT array_position(ARRAY['NONE', 'ASSISTANT', 'SOCIAL_WORKER', 'SENIOR'], w.grade) - 1 INTO rank
    FROM social_workers w WHERE w.id = NEW.supervisor_id;
    IF rank < sw_parameter('sw.supervision.least_grade', NEW.division_code, lower(NEW.period)) THEN
        PERFORM sanshe_refuse('SUPERVISOR_GRADE', '督导的职业水平等级不足', 'the supervisor''s grade is too low');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER supervisions_guard BEFORE INSERT OR UPDATE ON supervisions
    FOR EACH ROW EXECUTE FUNCTION supervisions_guard();

-- 督导计划. The newest counts; earlier ones stay.
CREATE TABLE supervision_plans (
    id             uuid PRIMARY KEY,
    supervision_id uuid NOT NULL REFERENCES supervisions (id),
    every_days     integer NOT NULL CHECK (every_days >= 1),
    topics         text NOT NULL CHECK (length(topics) BETWEEN 1 AND 1000),
    drafted_by     text NOT NULL CHECK (drafted_by <> ''),
    drafted_at     timestamptz NOT NULL
);
CREATE INDEX supervision_plans_by_supervision ON supervision_plans (supervision_id, id DESC);
CREATE FUNCTION supervision_plans_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.every_days > (SELECT sw_parameter('sw.supervision.most_days', s.division_code, sw_day(NEW.drafted_at))
                         FROM supervisions s WHERE s.id = NEW.supervision_id) THEN
        PERFORM sanshe_refuse('SUPERVISION_TOO_RARE', '督导间隔超过规定天数', 'supervision is held more often than that');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER supervision_plans_guard BEFORE INSERT ON supervision_plans
    FOR EACH ROW EXECUTE FUNCTION supervision_plans_guard();
CREATE TRIGGER supervision_plans_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON supervision_plans
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON supervision_plans FROM sanshe_app;

CREATE TABLE supervision_sessions (
    id                      uuid PRIMARY KEY,
    supervision_id          uuid NOT NULL REFERENCES supervisions (id),
    supervisee_id           uuid NOT NULL REFERENCES social_workers (id),
    method                  text NOT NULL CHECK (method IN ('INDIVIDUAL', 'GROUP', 'OBSERVATION', 'REMOTE')),
    topic                   text NOT NULL CHECK (length(topic) BETWEEN 1 AND 200),
    state                   text NOT NULL,
    planned_at              timestamptz NOT NULL,
    makes_up                uuid REFERENCES supervision_sessions (id),
    held_from               timestamptz,
    held_to                 timestamptz,
    minutes                 integer GENERATED ALWAYS AS (
                                floor(extract(epoch FROM held_to - held_from) / 60)::integer) STORED,
    record_enc              bytea,
    missed_reason           text CHECK (length(missed_reason) BETWEEN 1 AND 500),
    returned_reason         text CHECK (length(returned_reason) BETWEEN 1 AND 500),
    supervisor_confirmed_at timestamptz,
    supervisee_confirmed_at timestamptz,
    version                 integer NOT NULL DEFAULT 1,
    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    CONSTRAINT session_duration CHECK (
        num_nulls(held_from, held_to) IN (0, 2)
        AND floor(extract(epoch FROM held_to - held_from) / 60) BETWEEN 1 AND 480),
    CONSTRAINT session_in_future CHECK (held_to <= updated_at),
    CONSTRAINT session_held CHECK (
        (held_from IS NOT NULL) = (state IN ('HELD', 'RECORDED', 'CONFIRMED', 'COUNTED'))),
    CONSTRAINT session_recorded CHECK (
        state NOT IN ('RECORDED', 'CONFIRMED', 'COUNTED')
        OR (record_enc IS NOT NULL AND supervisor_confirmed_at IS NOT NULL)),
    CONSTRAINT session_confirmed CHECK (
        (supervisee_confirmed_at IS NOT NULL) = (state IN ('CONFIRMED', 'COUNTED'))),
    CONSTRAINT session_missed CHECK ((missed_reason IS NOT NULL) = (state IN ('MISSED', 'MADE_UP'))),
    CONSTRAINT session_overlap EXCLUDE USING gist
        (supervisee_id WITH =, tstzrange(held_from, held_to) WITH &&) WHERE (held_from IS NOT NULL)
);
CREATE UNIQUE INDEX session_made_up ON supervision_sessions (makes_up) WHERE state <> 'MISSED';
CREATE INDEX supervision_sessions_by_supervision ON supervision_sessions (supervision_id, id);

CREATE TABLE supervision_session_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO supervision_session_transitions VALUES
    ('PLANNED', 'HELD'), ('PLANNED', 'MISSED'), ('HELD', 'RECORDED'), ('RECORDED', 'HELD'),
    ('RECORDED', 'CONFIRMED'), ('CONFIRMED', 'COUNTED'), ('MISSED', 'MADE_UP');
REVOKE INSERT, UPDATE, DELETE ON supervision_session_transitions FROM sanshe_app;

-- 督导时数台账. One row per session, once both confirmed; never changed.
CREATE TABLE supervision_hours (
    session_id    uuid PRIMARY KEY REFERENCES supervision_sessions (id),
    supervisor_id uuid NOT NULL REFERENCES social_workers (id),
    supervisee_id uuid NOT NULL REFERENCES social_workers (id),
    division_code text NOT NULL,
    held_on       date NOT NULL,
    minutes       integer NOT NULL CHECK (minutes BETWEEN 1 AND 480),
    counted_at    timestamptz NOT NULL
);
CREATE INDEX supervision_hours_by_supervisee ON supervision_hours (supervisee_id, held_on);
CREATE INDEX supervision_hours_by_supervisor ON supervision_hours (supervisor_id, held_on);

CREATE FUNCTION supervision_sessions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    s supervisions;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO s FROM supervisions WHERE id = NEW.supervision_id;
        IF NEW.state <> 'PLANNED' THEN
            PERFORM sanshe_refuse('SESSION_STATE', '督导须从计划开始', 'a session begins as PLANNED');
        ELSIF NEW.supervisee_id <> s.supervisee_id THEN
            PERFORM sanshe_refuse('SESSION_OTHER_SUPERVISEE', '被督导人与督导关系不符', 'the session is of another supervisee');
        ELSIF NOT s.period @> sw_day(NEW.planned_at) THEN
            PERFORM sanshe_refuse('SUPERVISION_ENDED', '该日不在督导关系期内', 'the supervision does not cover this day');
        ELSIF NEW.makes_up IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM supervision_sessions m WHERE m.id = NEW.makes_up AND m.state = 'MISSED'
                AND m.supervision_id = NEW.supervision_id) THEN
            PERFORM sanshe_refuse('SESSION_NOT_MISSED', '只能补做本督导关系中缺席的督导',
                'only a missed session of the same supervision is made up');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.supervision_id, NEW.supervisee_id, NEW.makes_up, NEW.created_at)
       IS DISTINCT FROM (OLD.supervision_id, OLD.supervisee_id, OLD.makes_up, OLD.created_at) THEN
        PERFORM sanshe_refuse('SESSION_FIXED', '督导的归属不可更改', 'a session stays with its supervision');
    END IF;
    PERFORM sw_check_move('supervision_session_transitions', 'SESSION_STATE', OLD.state, NEW.state);
    IF OLD.state IN ('CONFIRMED', 'COUNTED', 'MADE_UP')
       AND to_jsonb(NEW) - ARRAY['state', 'version', 'updated_at', 'minutes']
           <> to_jsonb(OLD) - ARRAY['state', 'version', 'updated_at', 'minutes'] THEN
        PERFORM sanshe_refuse('SESSION_FIXED', '已确认的督导不可更改', 'what both confirmed does not change');
    END IF;
    IF NEW.state = 'MADE_UP' AND OLD.state = 'MISSED' AND NOT EXISTS (
        SELECT 1 FROM supervision_sessions m WHERE m.makes_up = NEW.id AND m.state = 'COUNTED') THEN
        PERFORM sanshe_refuse('SESSION_NOT_MADE_UP', '补做的督导尚未计入', 'nothing that makes it up has been counted');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER supervision_sessions_guard BEFORE INSERT OR UPDATE ON supervision_sessions
    FOR EACH ROW EXECUTE FUNCTION supervision_sessions_guard();

-- What is counted is what was held and confirmed, by whoever writes it.
CREATE FUNCTION supervision_hours_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM supervision_sessions x JOIN supervisions s ON s.id = x.supervision_id
        WHERE x.id = NEW.session_id AND x.state = 'COUNTED' AND x.supervisor_confirmed_at IS NOT NULL
          AND x.supervisee_confirmed_at IS NOT NULL AND x.minutes = NEW.minutes
          AND s.supervisor_id = NEW.supervisor_id AND s.supervisee_id = NEW.supervisee_id
          AND sw_day(x.held_from) = NEW.held_on) THEN
        PERFORM sanshe_refuse('HOURS_NOT_CONFIRMED', '督导时数须经双方确认后方可计入',
            'hours count once both have confirmed the session');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER supervision_hours_guard BEFORE INSERT ON supervision_hours
    FOR EACH ROW EXECUTE FUNCTION supervision_hours_guard();
CREATE TRIGGER supervision_hours_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON supervision_hours
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON supervision_hours FROM sanshe_app;

-- 督导逾期. One for each term that passed without a session.
CREATE TABLE supervision_alarms (
    id             uuid PRIMARY KEY,
    supervision_id uuid NOT NULL REFERENCES supervisions (id),
    division_code  text NOT NULL,
    due_on         date NOT NULL,
    raised_at      timestamptz NOT NULL,
    cleared_at     timestamptz,
    CONSTRAINT supervision_alarm_once UNIQUE (supervision_id, due_on)
);
CREATE INDEX supervision_alarms_by_division ON supervision_alarms (division_code text_pattern_ops, id)
    WHERE cleared_at IS NULL;
REVOKE DELETE ON supervisions, supervision_sessions, supervision_alarms FROM sanshe_app;

INSERT INTO policy_parameters (key, division, value, unit, effective, source) VALUES
    ('sw.supervision.least_grade', '', 2, 'grade (0 none, 1 assistant, 2 social worker, 3 senior)', '[2009-01-01,)',
     '示范默认值(参照 MZ/T 166-2021《社会工作督导指南》),待市级文件核定'),
    ('sw.supervision.most_days', '', 60, 'days', '[2009-01-01,)',
     '《三社联动试点工作实施方案》四(三):定期派出督导人员;间隔为示范默认值,待市级文件核定');
