-- 驻社区单位联席会议 (A18): units register, meet every period, and what they agree
-- on is done by a day.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('com.joint_meeting.every_days', 92, 'days', '[2018-01-01,)', '示范默认值(每季度一次),待市级文件核定'),
    ('com.joint_meeting.min_units', 2, 'units', '[2018-01-01,)', '示范默认值,待市级文件核定');

CREATE TABLE resident_units (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind          text NOT NULL CHECK (kind IN ('GOVERNMENT', 'INSTITUTION', 'ENTERPRISE', 'SCHOOL', 'SOCIAL_ORGANIZATION', 'OTHER')),
    resources     text CHECK (length(resources) BETWEEN 1 AND 500),
    registered_at timestamptz NOT NULL,
    left_at       timestamptz,
    version       integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX resident_unit_name ON resident_units (community_id, name) WHERE left_at IS NULL;
CREATE TRIGGER resident_units_origin BEFORE UPDATE ON resident_units
    FOR EACH ROW EXECUTE FUNCTION origin_guard('resident_unit', 'community_id', 'division_code', 'name', 'kind', 'registered_at');
REVOKE DELETE ON resident_units FROM sanshe_app;

CREATE TABLE joint_meetings (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    period        text NOT NULL CHECK (period ~ '^[0-9]{4}-Q[1-4]$'),
    agenda        text NOT NULL CHECK (length(agenda) BETWEEN 1 AND 1000),
    place         text NOT NULL CHECK (length(place) BETWEEN 1 AND 100),
    meets_at      timestamptz NOT NULL,
    called_by     text NOT NULL,
    created_at    timestamptz NOT NULL,
    state         text NOT NULL,
    minutes       text CHECK (length(minutes) BETWEEN 1 AND 5000),
    updated_at    timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT joint_meeting_minuted CHECK (state NOT IN ('MINUTED', 'CLOSED') OR minutes IS NOT NULL)
);
CREATE UNIQUE INDEX joint_meeting_period ON joint_meetings (community_id, period) WHERE state <> 'CANCELLED';
CREATE INDEX joint_meetings_by_division ON joint_meetings (division_code text_pattern_ops, id);
INSERT INTO state_moves VALUES
    ('joint_meeting', '', 'CALLED'),
    ('joint_meeting', 'CALLED', 'HELD'),
    ('joint_meeting', 'CALLED', 'CANCELLED'),
    ('joint_meeting', 'HELD', 'MINUTED'),
    ('joint_meeting', 'MINUTED', 'CLOSED');

CREATE TABLE joint_attendance (
    id         uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES joint_meetings (id),
    unit_id    uuid NOT NULL REFERENCES resident_units (id),
    CONSTRAINT joint_attendance_once UNIQUE (meeting_id, unit_id)
);
CREATE TABLE joint_resolutions (
    id         uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES joint_meetings (id),
    text       text NOT NULL CHECK (length(text) BETWEEN 1 AND 1000)
);
CREATE INDEX joint_resolutions_by_meeting ON joint_resolutions (meeting_id, id);
CREATE FUNCTION joint_attendance_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM joint_meetings m JOIN resident_units u ON u.community_id = m.community_id
                   WHERE m.id = NEW.meeting_id AND u.id = NEW.unit_id AND u.left_at IS NULL) THEN
        PERFORM sanshe_refuse('JOINT_UNIT', '该单位不是本社区的驻区单位', 'the unit is not one of this community');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER joint_attendance_guard BEFORE INSERT ON joint_attendance
    FOR EACH ROW EXECUTE FUNCTION joint_attendance_guard();
CREATE TRIGGER joint_attendance_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON joint_attendance
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER joint_resolutions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON joint_resolutions
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON joint_attendance, joint_resolutions FROM sanshe_app;

CREATE TABLE joint_actions (
    id            uuid PRIMARY KEY,
    meeting_id    uuid NOT NULL REFERENCES joint_meetings (id),
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    unit_id       uuid REFERENCES resident_units (id),
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    due_on        date NOT NULL,
    created_at    timestamptz NOT NULL,
    result        text CHECK (length(result) BETWEEN 1 AND 1000),
    done_at       timestamptz,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT joint_action_done CHECK ((done_at IS NULL) = (result IS NULL)),
    CONSTRAINT joint_action_due CHECK (due_on >= china_day(created_at))
);
CREATE INDEX joint_actions_due ON joint_actions (due_on) WHERE done_at IS NULL;
CREATE INDEX joint_actions_by_meeting ON joint_actions (meeting_id, id);
CREATE FUNCTION joint_actions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE stands text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.done_at IS NOT NULL THEN
            PERFORM sanshe_refuse('JOINT_ACTION_DONE', '该事项已经办结', 'it is done already');
        END IF;
        RETURN NEW;
    END IF;
    SELECT state INTO stands FROM joint_meetings WHERE id = NEW.meeting_id FOR SHARE;
    IF stands NOT IN ('HELD', 'MINUTED') THEN
        PERFORM sanshe_refuse('JOINT_MEETING_NOT_HELD', '会议召开后、办结前才能列办理事项',
            'what is to be done follows from a meeting that was held and is not closed');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER joint_actions_guard BEFORE INSERT OR UPDATE ON joint_actions
    FOR EACH ROW EXECUTE FUNCTION joint_actions_guard();
CREATE TRIGGER joint_actions_origin BEFORE UPDATE ON joint_actions
    FOR EACH ROW EXECUTE FUNCTION origin_guard('joint_action', 'meeting_id', 'community_id', 'division_code', 'unit_id', 'title', 'due_on', 'created_at');
REVOKE DELETE ON joint_actions FROM sanshe_app;

CREATE FUNCTION joint_meetings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'HELD' AND OLD.state <> 'HELD' THEN
        IF NEW.updated_at < NEW.meets_at THEN
            PERFORM sanshe_refuse('JOINT_MEETING_EARLY', '会议时间未到', 'the meeting is still to come');
        END IF;
        IF (SELECT count(*) FROM joint_attendance a WHERE a.meeting_id = NEW.id)
           < policy_number('com.joint_meeting.min_units', NEW.division_code, china_day(NEW.updated_at)) THEN
            PERFORM sanshe_refuse('JOINT_MEETING_TOO_FEW', '到会单位不足', 'too few units came');
        END IF;
    END IF;
    IF NEW.state = 'CLOSED' AND OLD.state <> 'CLOSED'
       AND EXISTS (SELECT 1 FROM joint_actions a WHERE a.meeting_id = NEW.id AND a.done_at IS NULL) THEN
        PERFORM sanshe_refuse('JOINT_ACTIONS_OPEN', '还有办理事项未办结', 'something agreed on is still to be done');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER joint_meetings_guard BEFORE UPDATE ON joint_meetings
    FOR EACH ROW EXECUTE FUNCTION joint_meetings_guard();
CREATE TRIGGER joint_meetings_origin BEFORE UPDATE ON joint_meetings
    FOR EACH ROW EXECUTE FUNCTION origin_guard('joint_meeting', 'community_id', 'division_code', 'period', 'agenda', 'place', 'meets_at', 'called_by', 'created_at');
CREATE TRIGGER joint_meetings_state BEFORE INSERT OR UPDATE ON joint_meetings
    FOR EACH ROW EXECUTE FUNCTION state_guard('joint_meeting');
REVOKE DELETE ON joint_meetings FROM sanshe_app;
