-- 网格事件 (A26, A61 事件库, SM-14, B7): seven steps from the report to the
-- evaluation, with the time each may take as data.

-- What may be reported. Components (部件) are things, incidents (事件) happen.
CREATE TABLE event_classes (
    code     text PRIMARY KEY CHECK (code ~ '^[A-Z][A-Z0-9_]{1,39}$'),
    name     text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind     text NOT NULL CHECK (kind IN ('COMPONENT', 'INCIDENT')),
    in_force daterange NOT NULL CHECK (NOT isempty(in_force))
);
REVOKE INSERT, UPDATE, DELETE ON event_classes FROM sanshe_app;
INSERT INTO event_classes VALUES
    ('PUBLIC_FACILITY', '公用设施损坏', 'COMPONENT', '[2018-01-01,)'),
    ('ROAD_TRAFFIC', '道路与交通设施', 'COMPONENT', '[2018-01-01,)'),
    ('GREENING', '园林绿化', 'COMPONENT', '[2018-01-01,)'),
    ('CITY_APPEARANCE', '市容环境', 'INCIDENT', '[2018-01-01,)'),
    ('SAFETY_HAZARD', '安全隐患', 'INCIDENT', '[2018-01-01,)'),
    ('PUBLIC_ORDER', '社会治安', 'INCIDENT', '[2018-01-01,)'),
    ('DISPUTE', '矛盾纠纷', 'INCIDENT', '[2018-01-01,)'),
    ('LIVELIHOOD', '民生服务', 'INCIDENT', '[2018-01-01,)'),
    ('ELDER_CARE', '为老服务', 'INCIDENT', '[2018-01-01,)');

-- The time limits: of the whole by class, of each step by state. The unit says
-- which clock runs: hours, days or working days.
INSERT INTO policy_parameters (key, value, unit, effective, source)
SELECT 'scd.event.handle.' || lower(code), amount, unit, '[2018-01-01,)',
    '示范默认值,待市级文件核定(GB/T 30428.8 立案、处置与结案时限由各市确定)'
FROM (VALUES
    ('PUBLIC_FACILITY', 5, 'working days'), ('ROAD_TRAFFIC', 3, 'working days'),
    ('GREENING', 5, 'working days'), ('CITY_APPEARANCE', 2, 'working days'),
    ('SAFETY_HAZARD', 24, 'hours'), ('PUBLIC_ORDER', 24, 'hours'),
    ('DISPUTE', 10, 'working days'), ('LIVELIHOOD', 5, 'working days'),
    ('ELDER_CARE', 2, 'working days')) AS limits (code, amount, unit);
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('scd.event.step.reported', 2, 'hours', '[2018-01-01,)', '示范默认值,待市级文件核定(案件建立时限)'),
    ('scd.event.step.registered', 2, 'hours', '[2018-01-01,)', '示范默认值,待市级文件核定(任务派遣时限)'),
    ('scd.event.step.returned', 2, 'hours', '[2018-01-01,)', '示范默认值,待市级文件核定(退回后重新派遣时限)'),
    ('scd.event.step.dispatched', 4, 'hours', '[2018-01-01,)', '示范默认值,待市级文件核定(接收任务时限)'),
    ('scd.event.step.fed_back', 24, 'hours', '[2018-01-01,)', '示范默认值,待市级文件核定(核查结案时限)'),
    ('scd.event.step.rework', 24, 'hours', '[2018-01-01,)', '示范默认值,待市级文件核定(返工时限)'),
    ('scd.event.reopen', 5, 'days', '[2018-01-01,)', '示范默认值,待市级文件核定(居民可重开的期限)'),
    ('scd.event.similar_days', 14, 'days', '[2018-01-01,)', '示范默认值,待市级文件核定(查重的时间范围)');

-- 巡查任务 (A26): what a worker goes to look at, and by when.
CREATE TABLE patrol_tasks (
    id             uuid PRIMARY KEY,
    grid_code      text NOT NULL CONSTRAINT patrol_grid REFERENCES grids (code),
    division_code  text NOT NULL GENERATED ALWAYS AS (substr(grid_code, 1, 12)) STORED,
    worker_subject text NOT NULL CHECK (length(worker_subject) BETWEEN 1 AND 200),
    worker_name    text NOT NULL CHECK (length(worker_name) BETWEEN 1 AND 100),
    title          text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    state          text NOT NULL CHECK (state IN ('PLANNED', 'DONE', 'CANCELLED')),
    finding        text CHECK (length(finding) BETWEEN 1 AND 2000),
    planned_by     text NOT NULL CHECK (planned_by <> ''),
    planned_at     timestamptz NOT NULL,
    due_at         timestamptz NOT NULL,
    ended_at       timestamptz,
    version        integer NOT NULL DEFAULT 1,
    CONSTRAINT patrol_due CHECK (due_at > planned_at),
    CONSTRAINT patrol_ended CHECK ((state = 'PLANNED') = (ended_at IS NULL)
        AND (state = 'PLANNED') = (finding IS NULL))
);
CREATE INDEX patrol_tasks_by_division ON patrol_tasks (division_code text_pattern_ops, due_at, id);
CREATE INDEX patrol_tasks_by_worker ON patrol_tasks (worker_subject, due_at, id);
REVOKE DELETE ON patrol_tasks FROM sanshe_app;

CREATE FUNCTION patrol_tasks_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'PLANNED'
       OR (NEW.id, NEW.grid_code, NEW.worker_subject, NEW.title, NEW.planned_at, NEW.due_at)
          IS DISTINCT FROM (OLD.id, OLD.grid_code, OLD.worker_subject, OLD.title, OLD.planned_at, OLD.due_at) THEN
        PERFORM sanshe_refuse('PATROL_FIXED', '巡查任务只能完成或取消一次,内容不可更改',
            'a patrol is finished or cancelled once, and keeps what it was planned for');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER patrol_tasks_guard BEFORE UPDATE ON patrol_tasks
    FOR EACH ROW EXECUTE FUNCTION patrol_tasks_guard();

CREATE SEQUENCE event_numbers;
GRANT USAGE ON event_numbers TO sanshe_app;

CREATE TABLE events (
    id                 uuid PRIMARY KEY,
    -- What people quote on the phone.
    number             text NOT NULL CONSTRAINT event_number UNIQUE
                       CHECK (number ~ '^E[0-9]{8}-[0-9]{6,}$'),
    class_code         text NOT NULL CONSTRAINT event_class REFERENCES event_classes (code),
    source             text NOT NULL CHECK (source IN
                       ('RESIDENT', 'GRID_WORKER', 'HOTLINE_12345', 'DEVICE', 'DEPARTMENT')),
    division_code      text NOT NULL CONSTRAINT event_division REFERENCES divisions (code),
    grid_code          text CONSTRAINT event_grid REFERENCES grids (code),
    location           text NOT NULL CHECK (length(location) BETWEEN 1 AND 200),
    description        text NOT NULL CHECK (length(description) BETWEEN 1 AND 2000),
    resident_id        uuid CONSTRAINT event_resident REFERENCES residents (id),
    -- The ticket of the hotline, the message of the device: told twice, here once.
    external_reference text CHECK (length(external_reference) BETWEEN 1 AND 100),
    patrol_task_id     uuid CONSTRAINT event_patrol REFERENCES patrol_tasks (id),
    reported_by        text NOT NULL CHECK (reported_by <> ''),
    channel            text NOT NULL CHECK (channel <> ''),
    assisted_by        text,
    state              text NOT NULL,
    handler_subject    text CHECK (length(handler_subject) BETWEEN 1 AND 200),
    handler_name       text CHECK (length(handler_name) BETWEEN 1 AND 100),
    outcome            text CHECK (length(outcome) BETWEEN 1 AND 2000),
    merged_into        uuid CONSTRAINT event_survivor REFERENCES events (id),
    reworks            integer NOT NULL DEFAULT 0 CHECK (reworks >= 0),
    reported_at        timestamptz NOT NULL,
    due_at             timestamptz NOT NULL,
    step_due_at        timestamptz,
    closed_at          timestamptz,
    verified_by        text CHECK (verified_by <> ''),
    stars              integer CHECK (stars BETWEEN 1 AND 5),
    rating_note        text CHECK (length(rating_note) BETWEEN 1 AND 1000),
    version            integer NOT NULL DEFAULT 1,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT event_place CHECK (grid_code IS NULL OR substr(grid_code, 1, 12) = division_code),
    CONSTRAINT event_reporter CHECK (source <> 'RESIDENT' OR resident_id IS NOT NULL),
    CONSTRAINT event_due CHECK (due_at > reported_at),
    CONSTRAINT event_handled CHECK ((handler_subject IS NULL) = (handler_name IS NULL)
        AND (handler_subject IS NOT NULL OR state NOT IN
             ('DISPATCHED', 'HANDLING', 'FED_BACK', 'REWORK', 'CLOSED', 'EVALUATED'))),
    CONSTRAINT event_outcome CHECK (outcome IS NOT NULL
        OR state NOT IN ('FED_BACK', 'CLOSED', 'EVALUATED')),
    CONSTRAINT event_closed CHECK ((state IN ('CLOSED', 'EVALUATED')) = (closed_at IS NOT NULL)
        AND (closed_at IS NULL) = (verified_by IS NULL)),
    -- 核查 is not done by whoever did the work.
    CONSTRAINT event_verified_by_another CHECK (verified_by <> handler_subject),
    CONSTRAINT event_evaluated CHECK ((state = 'EVALUATED') = (stars IS NOT NULL)
        AND (rating_note IS NULL OR stars IS NOT NULL)),
    CONSTRAINT event_merged CHECK ((state = 'MERGED') = (merged_into IS NOT NULL) AND merged_into <> id)
);
CREATE UNIQUE INDEX event_told_before ON events (source, external_reference)
    WHERE external_reference IS NOT NULL;
CREATE INDEX events_by_division ON events (division_code text_pattern_ops, id);
CREATE INDEX events_by_resident ON events (resident_id, id);
CREATE INDEX events_by_handler ON events (handler_subject, due_at, id);
CREATE INDEX events_by_survivor ON events (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX events_similar ON events (class_code, division_code, reported_at);
CREATE INDEX events_open ON events (due_at, id)
    WHERE state NOT IN ('CLOSED', 'EVALUATED', 'MERGED', 'INVALID');
REVOKE DELETE ON events FROM sanshe_app;

-- The legal moves; the domain holds the same table and a test compares them.
CREATE TABLE event_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO event_transitions VALUES
    ('REPORTED', 'REGISTERED'), ('REPORTED', 'INVALID'), ('REPORTED', 'MERGED'),
    ('REGISTERED', 'DISPATCHED'), ('REGISTERED', 'INVALID'), ('REGISTERED', 'MERGED'),
    ('DISPATCHED', 'HANDLING'), ('DISPATCHED', 'RETURNED'), ('DISPATCHED', 'MERGED'),
    ('HANDLING', 'RETURNED'), ('HANDLING', 'FED_BACK'),
    ('RETURNED', 'DISPATCHED'), ('RETURNED', 'INVALID'), ('RETURNED', 'MERGED'),
    ('FED_BACK', 'CLOSED'), ('FED_BACK', 'REWORK'),
    ('REWORK', 'FED_BACK'), ('REWORK', 'RETURNED'),
    ('CLOSED', 'REWORK'), ('CLOSED', 'EVALUATED');
REVOKE INSERT, UPDATE, DELETE ON event_transitions FROM sanshe_app;

-- 延期: asked by whoever handles it, granted by somebody else.
CREATE TABLE event_deferrals (
    id         uuid PRIMARY KEY,
    event_id   uuid NOT NULL REFERENCES events (id),
    reason     text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    until      timestamptz NOT NULL,
    asked_by   text NOT NULL CHECK (asked_by <> ''),
    asked_at   timestamptz NOT NULL,
    approved   boolean,
    note       text CHECK (length(note) BETWEEN 1 AND 1000),
    decided_by text,
    decided_at timestamptz,
    CONSTRAINT deferral_decided CHECK ((approved IS NULL) = (decided_by IS NULL)
        AND (approved IS NULL) = (decided_at IS NULL)),
    CONSTRAINT deferral_decided_by_another CHECK (decided_by <> asked_by)
);
CREATE UNIQUE INDEX deferral_open_one ON event_deferrals (event_id) WHERE decided_at IS NULL;
REVOKE DELETE ON event_deferrals FROM sanshe_app;

CREATE FUNCTION event_deferrals_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE e events%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.decided_at IS NOT NULL
           OR (NEW.id, NEW.event_id, NEW.reason, NEW.until, NEW.asked_by, NEW.asked_at)
              IS DISTINCT FROM (OLD.id, OLD.event_id, OLD.reason, OLD.until, OLD.asked_by, OLD.asked_at) THEN
            PERFORM sanshe_refuse('DEFERRAL_SETTLED', '延期申请内容及审批结果不可更改',
                'a deferral keeps what was asked, and is decided once');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO e FROM events WHERE id = NEW.event_id FOR UPDATE;
    IF e.state NOT IN ('HANDLING', 'REWORK') THEN
        PERFORM sanshe_refuse('EVENT_STATE', '只有处理中的事件可以申请延期',
            'only an event that is being handled can be deferred');
    END IF;
    IF NEW.until <= e.due_at THEN
        PERFORM sanshe_refuse('DEFERRAL_SHORTENS', '延期后的时限须晚于原时限',
            'a deferral ends later than the present limit');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER event_deferrals_guard BEFORE INSERT OR UPDATE ON event_deferrals
    FOR EACH ROW EXECUTE FUNCTION event_deferrals_guard();

CREATE FUNCTION events_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE survivor events%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'REPORTED' THEN
            PERFORM sanshe_refuse('EVENT_STATE', '事件只能从“已上报”开始', 'an event begins as REPORTED');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM event_classes c WHERE c.code = NEW.class_code
                       AND c.in_force @> (NEW.reported_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
            PERFORM sanshe_refuse('EVENT_CLASS_ENDED', '该事件类别不在有效期内',
                'events of this class are not taken in at present');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.number, NEW.class_code, NEW.source, NEW.division_code, NEW.grid_code, NEW.location,
        NEW.description, NEW.resident_id, NEW.external_reference, NEW.patrol_task_id, NEW.reported_by,
        NEW.channel, NEW.assisted_by, NEW.reported_at)
       IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.class_code, OLD.source, OLD.division_code, OLD.grid_code, OLD.location,
        OLD.description, OLD.resident_id, OLD.external_reference, OLD.patrol_task_id, OLD.reported_by,
        OLD.channel, OLD.assisted_by, OLD.reported_at) THEN
        PERFORM sanshe_refuse('EVENT_ORIGIN', '事件的来源和内容不可更改', 'what was reported never changes');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM event_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('EVENT_STATE',
            format('事件不能从 %s 变为 %s', OLD.state, NEW.state),
            format('an event cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    -- The limit is reckoned once; only an approved deferral moves it.
    IF NEW.due_at <> OLD.due_at AND NOT EXISTS (
        SELECT 1 FROM event_deferrals d
        WHERE d.event_id = NEW.id AND d.approved AND d.until = NEW.due_at) THEN
        PERFORM sanshe_refuse('EVENT_DUE_FIXED', '办理时限只计算一次,仅可经批准延期',
            'the limit is reckoned once; only an approved deferral moves it');
    END IF;
    IF NEW.reworks <> OLD.reworks + (NEW.state = 'REWORK' AND OLD.state <> 'REWORK')::integer THEN
        PERFORM sanshe_refuse('EVENT_REWORKS', '返工次数须与返工记录一致',
            'the count of reworks follows the reworks');
    END IF;
    -- Merged into an event that stands for itself, and nothing was merged into
    -- this one: chains end after one step and never close. The lock makes two
    -- merges into each other wait for one another.
    IF NEW.state = 'MERGED' AND OLD.state <> 'MERGED' THEN
        SELECT * INTO survivor FROM events WHERE id = NEW.merged_into FOR UPDATE;
        IF survivor.state IN ('MERGED', 'INVALID')
           OR EXISTS (SELECT 1 FROM events e WHERE e.merged_into = NEW.id) THEN
            PERFORM sanshe_refuse('EVENT_MERGE_CHAIN', '只能并入一条有效且未被合并的事件,且本事件下不得已有并入的事件',
                'an event is merged into a valid one that is not merged itself, and carries none of its own');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER events_guard BEFORE INSERT OR UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION events_guard();
CREATE TRIGGER events_live AFTER INSERT OR UPDATE ON events
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('event', 'id');

-- 办理过程: who moved it, when, with which words. No move without its record.
CREATE TABLE event_steps (
    event_id   uuid NOT NULL REFERENCES events (id),
    version    integer NOT NULL CHECK (version > 0),
    from_state text,
    to_state   text NOT NULL,
    at         timestamptz NOT NULL,
    actor      text NOT NULL CHECK (actor <> ''),
    actor_name text,
    note       text CHECK (length(note) BETWEEN 1 AND 2000),
    channel    text NOT NULL,
    -- Until when the step that begins here is to be done.
    due_at     timestamptz,
    PRIMARY KEY (event_id, version)
);
CREATE TRIGGER event_steps_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON event_steps
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON event_steps FROM sanshe_app;

CREATE FUNCTION events_leave_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM event_steps s WHERE s.event_id = NEW.id
                   AND s.version = NEW.version AND s.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('EVENT_STEP_MISSING', '事件状态变化须留下过程记录',
            'a move of an event leaves its record');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER events_leave_steps AFTER INSERT OR UPDATE OF state ON events
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION events_leave_steps();

-- 事件通知: what its handler and its reporter are told.
CREATE TABLE event_notices (
    id          uuid PRIMARY KEY,
    event_id    uuid NOT NULL REFERENCES events (id),
    kind        text NOT NULL CHECK (kind IN ('DISPATCHED', 'RETURNED', 'REWORK', 'REOPENED', 'OVERDUE',
                'DEFERRAL_APPROVED', 'DEFERRAL_DENIED', 'REGISTERED', 'INVALID', 'MERGED', 'CLOSED')),
    subject     text,
    resident_id uuid REFERENCES residents (id),
    at          timestamptz NOT NULL,
    read_at     timestamptz,
    CONSTRAINT event_notice_reader CHECK (num_nonnulls(subject, resident_id) = 1)
);
CREATE INDEX event_notices_by_subject ON event_notices (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX event_notices_by_resident ON event_notices (resident_id, id) WHERE resident_id IS NOT NULL;
REVOKE UPDATE, DELETE ON event_notices FROM sanshe_app;
GRANT UPDATE (read_at) ON event_notices TO sanshe_app;
