-- 探访关爱 (B12). How often an elder is looked in on follows from a class of
-- risk, and the class from rules that are rows; a major change is looked into
-- within a day. What is missed raises an alarm, and the next one is due at once.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('ec.contact.high_days', 7, 'days', '[2019-01-01,)',
     '示范默认值,待市级文件核定(参照内蒙古 2022 年探访关爱办法:高风险每周探访)'),
    ('ec.contact.key_days', 30, 'days', '[2019-01-01,)',
     '示范默认值,待市级文件核定(参照内蒙古 2022 年探访关爱办法:重点对象每月探访)'),
    ('ec.contact.general_days', 90, 'days', '[2019-01-01,)',
     '示范默认值,待市级文件核定(参照内蒙古 2022 年探访关爱办法:其他对象每季度探访)'),
    ('ec.contact.change_hours', 24, 'hours', '[2019-01-01,)',
     '示范默认值,待市级文件核定(参照内蒙古 2022 年探访关爱办法:重大变故后 24 小时内探访)'),
    ('ec.contact.grace_hours', 24, 'hours', '[2019-01-01,)',
     '示范默认值,待市级文件核定(探访逾期的告警时长)'),
    ('ec.isolation.threshold', 12, 'points', '[2019-01-01,)',
     '示范默认值,待市级文件核定(社会网络 6 项 30 分,低于此分为社会隔离风险)');

CREATE TABLE contact_rules (
    code        text PRIMARY KEY,
    priority    integer NOT NULL,
    category    text,
    min_level   integer CHECK (min_level BETWEEN 0 AND 4),
    lives_alone boolean,
    isolated    boolean,
    risk        text NOT NULL CHECK (risk IN ('HIGH', 'KEY', 'GENERAL')),
    valid_from  date NOT NULL,
    valid_to    date,
    source      text NOT NULL CHECK (source <> ''),
    CONSTRAINT contact_rule_overlap EXCLUDE USING gist
        (priority WITH =, daterange(valid_from, valid_to) WITH &&)
);
INSERT INTO contact_rules (code, priority, category, min_level, lives_alone, isolated, risk, valid_from, source)
SELECT code, priority, category, min_level, lives_alone, isolated, risk, '2020-01-01', '示范默认值,待市级文件核定'
FROM (VALUES
    ('ALONE_DISABLED', 10, NULL, 2, true, NULL::boolean, 'HIGH'),
    ('ALONE_ISOLATED', 20, NULL, NULL, true, true, 'HIGH'),
    ('SEVERELY_DISABLED', 30, NULL, 3, NULL, NULL, 'HIGH'),
    ('KEY_EMPTY_NEST', 40, 'KEY_EMPTY_NEST', NULL, NULL, NULL, 'KEY'),
    ('SPECIAL_HARDSHIP', 50, 'SPECIAL_HARDSHIP', NULL, NULL, NULL, 'KEY'),
    ('BEREAVED_PARENT', 60, 'BEREAVED_PARENT', NULL, NULL, NULL, 'KEY'),
    ('ALONE', 70, NULL, NULL, true, NULL, 'KEY'),
    ('ISOLATED', 80, NULL, NULL, NULL, true, 'KEY'),
    ('OTHERWISE', 1000, NULL, NULL, NULL, NULL, 'GENERAL')
) AS rules (code, priority, category, min_level, lives_alone, isolated, risk);
REVOKE INSERT, UPDATE, DELETE ON contact_rules FROM sanshe_app;

-- 社会隔离风险: six answers about family and friends, 0 to 5 each.
CREATE TABLE isolation_screenings (
    id          uuid PRIMARY KEY,
    elder_id    uuid NOT NULL REFERENCES elders (resident_id),
    family      integer[] NOT NULL,
    friends     integer[] NOT NULL,
    score       integer NOT NULL,
    threshold   integer NOT NULL,
    isolated    boolean NOT NULL,
    screened_by text NOT NULL CHECK (screened_by <> ''),
    screened_at timestamptz NOT NULL,
    CONSTRAINT isolation_answers CHECK (cardinality(family) = 3 AND cardinality(friends) = 3
        AND 0 <= ALL (family || friends) AND 5 >= ALL (family || friends)),
    CONSTRAINT isolation_score CHECK (score = family[1] + family[2] + family[3]
        + friends[1] + friends[2] + friends[3]),
    CONSTRAINT isolation_outcome CHECK (isolated = (score < threshold))
);
CREATE INDEX isolation_by_elder ON isolation_screenings (elder_id, screened_at DESC);
REVOKE UPDATE, DELETE ON isolation_screenings FROM sanshe_app;
CREATE TRIGGER isolation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON isolation_screenings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE TABLE contact_schedules (
    elder_id      uuid CONSTRAINT contact_schedule_exists PRIMARY KEY REFERENCES elders (resident_id),
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    risk          text NOT NULL CHECK (risk IN ('HIGH', 'KEY', 'GENERAL')),
    rule_code     text NOT NULL REFERENCES contact_rules (code),
    isolated      boolean NOT NULL,
    started_by    text NOT NULL CHECK (started_by <> ''),
    started_at    timestamptz NOT NULL,
    evaluated_at  timestamptz NOT NULL,
    ended_at      timestamptz
);
CREATE INDEX contact_schedules_by_division ON contact_schedules (division_code text_pattern_ops, elder_id);
REVOKE UPDATE, DELETE ON contact_schedules FROM sanshe_app;
GRANT UPDATE (division_code, risk, rule_code, isolated, evaluated_at, ended_at) ON contact_schedules
    TO sanshe_app;

-- A class is the one that a rule gives.
CREATE FUNCTION contact_schedules_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.risk <> (SELECT r.risk FROM contact_rules r WHERE r.code = NEW.rule_code) THEN
        PERFORM sanshe_refuse('CONTACT_RISK_NOT_BY_RULE', '探访风险等级须由生效规则得出',
            'a class of risk follows from its rule');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contact_schedules_guard BEFORE INSERT OR UPDATE ON contact_schedules
    FOR EACH ROW EXECUTE FUNCTION contact_schedules_guard();

CREATE TABLE contacts (
    id            uuid PRIMARY KEY,
    elder_id      uuid NOT NULL REFERENCES contact_schedules (elder_id),
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    cause         text NOT NULL CHECK (cause IN ('ROUTINE', 'CHANGE', 'MISSED')),
    change        text CHECK (change IN
                  ('HOSPITALISED', 'DISCHARGED', 'FALL', 'BEREAVED', 'CARER_LEFT', 'OTHER')),
    change_note   text CHECK (length(change_note) BETWEEN 1 AND 500),
    due_at        timestamptz NOT NULL,
    state         text NOT NULL CHECK (state IN ('DUE', 'DONE', 'MISSED', 'CALLED_OFF')),
    -- Tries that reached nobody.
    attempts      integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    method        text CHECK (method IN ('VISIT', 'PHONE', 'VIDEO')),
    condition     text CHECK (condition IN ('WELL', 'NEEDS_HELP', 'URGENT')),
    note          text CHECK (length(note) BETWEEN 1 AND 1000),
    done_by       text,
    done_at       timestamptz,
    missed_at     timestamptz,
    version       integer NOT NULL DEFAULT 1,
    planned_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT contact_change CHECK (cause = 'CHANGE' OR change IS NULL),
    CONSTRAINT contact_done CHECK ((state = 'DONE') = (done_at IS NOT NULL)
        AND (done_at IS NULL) = (done_by IS NULL) AND (done_at IS NULL) = (method IS NULL)
        AND (done_at IS NULL) = (condition IS NULL)),
    CONSTRAINT contact_missed CHECK ((state = 'MISSED') = (missed_at IS NOT NULL)
        AND missed_at >= due_at)
);
-- One at a time: what was missed or done is followed by the next.
CREATE UNIQUE INDEX contact_due_once ON contacts (elder_id) WHERE state = 'DUE';
CREATE INDEX contacts_by_due ON contacts (due_at, id);
CREATE INDEX contacts_by_division ON contacts (division_code text_pattern_ops, due_at);
CREATE INDEX contacts_by_elder ON contacts (elder_id, due_at);
REVOKE UPDATE, DELETE ON contacts FROM sanshe_app;
GRANT UPDATE (cause, change, change_note, due_at, state, attempts, method, condition, note, done_by,
              done_at, missed_at, version, updated_at) ON contacts TO sanshe_app;

CREATE FUNCTION contacts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'DUE' THEN
            PERFORM sanshe_refuse('CONTACT_STATE', '探访只能从“待探访”开始', 'a contact begins as DUE');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'DUE' THEN
        PERFORM sanshe_refuse('CONTACT_STATE', '该次探访已有结果', 'this contact has ended');
    END IF;
    IF NEW.due_at > OLD.due_at THEN
        PERFORM sanshe_refuse('CONTACT_LATER', '应探访时间只能提前,不能推后',
            'a contact may become due earlier, never later');
    END IF;
    IF (NEW.id, NEW.elder_id, NEW.planned_at) IS DISTINCT FROM (OLD.id, OLD.elder_id, OLD.planned_at)
       OR NEW.attempts < OLD.attempts THEN
        PERFORM sanshe_refuse('CONTACT_FIXED', '探访记录不可更改', 'whom a contact is for never changes');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contacts_guard BEFORE INSERT OR UPDATE ON contacts
    FOR EACH ROW EXECUTE FUNCTION contacts_guard();

-- A contact that was missed raises an alarm.
ALTER TABLE alarms ADD COLUMN contact_id uuid REFERENCES contacts (id),
    DROP CONSTRAINT alarms_kind_check,
    DROP CONSTRAINT alarm_of_visit,
    ADD CONSTRAINT alarms_kind_check
        CHECK (kind IN ('SOS', 'VISIT_MISSED', 'VISIT_OVERRUN', 'CONTACT_MISSED')),
    ADD CONSTRAINT alarm_of_visit
        CHECK ((kind IN ('VISIT_MISSED', 'VISIT_OVERRUN')) = (visit_id IS NOT NULL)),
    ADD CONSTRAINT alarm_of_contact CHECK ((kind = 'CONTACT_MISSED') = (contact_id IS NOT NULL));
CREATE UNIQUE INDEX alarm_of_contact_once ON alarms (contact_id) WHERE contact_id IS NOT NULL;
