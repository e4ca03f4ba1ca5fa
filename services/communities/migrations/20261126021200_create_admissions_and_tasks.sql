-- 社区工作准入 (A20, SM-2), 任务与盖章 (A21), 减负 (A27) and 转出 (A24): work comes
-- to a community only through a list in force, with time, money and staff.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('com.admission.lead_working_days', 30, 'working days', '[2018-01-01,)',
     '示范默认值(参照北京市西城区社区工作准入办法),待市级文件核定'),
    ('com.admission.review_working_days', 15, 'working days', '[2018-01-01,)',
     '示范默认值(参照北京市西城区社区工作准入办法),待市级文件核定'),
    ('com.burden.weight_task', 1, 'points', '[2018-01-01,)', '示范默认值,待市级文件核定'),
    ('com.burden.weight_ledger', 1, 'points', '[2018-01-01,)', '示范默认值,待市级文件核定'),
    ('com.burden.weight_plaque', 1, 'points', '[2018-01-01,)', '示范默认值,待市级文件核定'),
    ('com.burden.weight_inspection', 2, 'points', '[2018-01-01,)', '示范默认值,待市级文件核定');

-- The last day of a term of working days; the day it starts on does not count.
CREATE FUNCTION working_days_after(day date, days integer) RETURNS date
LANGUAGE plpgsql STABLE AS $$
DECLARE
    at   date := day;
    left_over integer := days;
BEGIN
    WHILE left_over > 0 LOOP
        at := at + 1;
        IF coalesce((SELECT c.working FROM calendar_days c WHERE c.day = at), extract(isodow FROM at) < 6) THEN
            left_over := left_over - 1;
        END IF;
    END LOOP;
    RETURN at;
END
$$;

CREATE TABLE admission_applications (
    id               uuid PRIMARY KEY,
    community_id     uuid NOT NULL REFERENCES communities (id),
    division_code    text NOT NULL,
    department       text NOT NULL CHECK (length(department) BETWEEN 1 AND 100),
    title            text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    content          text NOT NULL CHECK (length(content) BETWEEN 1 AND 2000),
    basis_document   text NOT NULL CHECK (length(basis_document) BETWEEN 1 AND 200),
    starts_on        date NOT NULL,
    ends_on          date CHECK (ends_on >= starts_on),
    funding          bigint NOT NULL CHECK (funding >= 0),
    staffing         integer NOT NULL CHECK (staffing >= 0),
    submitted_by     text NOT NULL,
    submitted_at     timestamptz NOT NULL,
    state            text NOT NULL,
    opinion_supports boolean,
    opinion          text CHECK (length(opinion) BETWEEN 1 AND 1000),
    opinion_by       text,
    review_by        timestamptz,
    granted_funding  bigint CHECK (granted_funding > 0),
    granted_staffing integer CHECK (granted_staffing > 0),
    decision_note    text CHECK (length(decision_note) BETWEEN 1 AND 1000),
    decided_by       text,
    updated_at       timestamptz NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    CONSTRAINT admission_opinion_given CHECK (state IN ('SUBMITTED', 'WITHDRAWN')
        OR (opinion IS NOT NULL AND opinion_supports IS NOT NULL)),
    CONSTRAINT admission_money_and_staff CHECK (state NOT IN ('APPROVED', 'IN_CATALOGUE', 'EXPIRED')
        OR (granted_funding IS NOT NULL AND granted_staffing IS NOT NULL)),
    CONSTRAINT admission_decided CHECK (state NOT IN ('APPROVED', 'REJECTED', 'IN_CATALOGUE', 'EXPIRED')
        OR (decision_note IS NOT NULL AND decided_by IS NOT NULL)),
    CONSTRAINT admission_clocked CHECK (state <> 'REVIEW' OR review_by IS NOT NULL)
);
CREATE INDEX admissions_by_division ON admission_applications (division_code text_pattern_ops, id);
CREATE INDEX admissions_due ON admission_applications (review_by) WHERE state = 'REVIEW';

INSERT INTO state_moves VALUES
    ('admission', '', 'SUBMITTED'),
    ('admission', 'SUBMITTED', 'COMMUNITY_OPINION'),
    ('admission', 'SUBMITTED', 'WITHDRAWN'),
    ('admission', 'COMMUNITY_OPINION', 'REVIEW'),
    ('admission', 'COMMUNITY_OPINION', 'WITHDRAWN'),
    ('admission', 'REVIEW', 'APPROVED'),
    ('admission', 'REVIEW', 'REJECTED'),
    ('admission', 'REVIEW', 'WITHDRAWN'),
    ('admission', 'APPROVED', 'IN_CATALOGUE'),
    ('admission', 'IN_CATALOGUE', 'EXPIRED');

CREATE FUNCTION admissions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.starts_on < working_days_after(china_day(NEW.submitted_at),
            policy_number('com.admission.lead_working_days', NEW.division_code,
                          china_day(NEW.submitted_at))::integer) THEN
        PERFORM sanshe_refuse('ADMISSION_TOO_LATE', '申请须在工作开始前规定的工作日数之前提出',
            'work is applied for so many working days before it begins');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER admissions_guard BEFORE INSERT ON admission_applications
    FOR EACH ROW EXECUTE FUNCTION admissions_guard();
CREATE TRIGGER admissions_origin BEFORE UPDATE ON admission_applications
    FOR EACH ROW EXECUTE FUNCTION origin_guard('admission', 'community_id', 'division_code',
        'department', 'title', 'content', 'basis_document', 'starts_on', 'ends_on', 'funding',
        'staffing', 'submitted_by', 'submitted_at');
CREATE TRIGGER admissions_state BEFORE INSERT OR UPDATE ON admission_applications
    FOR EACH ROW EXECUTE FUNCTION state_guard('admission');
REVOKE DELETE ON admission_applications FROM sanshe_app;

-- 准入制: nothing stands in the admission catalogue without an approved application.
ALTER TABLE work_list_items ADD CONSTRAINT work_list_item_admission
    FOREIGN KEY (admission_id) REFERENCES admission_applications (id);
CREATE FUNCTION work_list_items_admission_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    list work_lists%ROWTYPE;
    asked admission_applications%ROWTYPE;
BEGIN
    SELECT * INTO list FROM work_lists WHERE id = NEW.list_id;
    IF (list.kind = 'ADMISSION') <> (NEW.admission_id IS NOT NULL) OR (list.kind = 'ADMISSION' AND NEW.funding IS NULL) THEN
        PERFORM sanshe_refuse('ITEM_WITHOUT_ADMISSION', '准入目录的事项须有准入申请和经费,其他清单不引用申请',
            'items of the admission catalogue, and only they, have an application, and money');
    END IF;
    IF NEW.admission_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO asked FROM admission_applications WHERE id = NEW.admission_id FOR SHARE;
    IF asked.state NOT IN ('APPROVED', 'IN_CATALOGUE') THEN
        PERFORM sanshe_refuse('ADMISSION_NOT_APPROVED', '该准入申请未获批准', 'the application is not approved');
    END IF;
    IF NOT division_covers(list.division_code, asked.division_code) THEN
        PERFORM sanshe_refuse('ADMISSION_ELSEWHERE', '该准入申请不属于清单所在区划', 'the application is of another division');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER work_list_items_admission_guard BEFORE INSERT ON work_list_items
    FOR EACH ROW EXECUTE FUNCTION work_list_items_admission_guard();

-- Whether an item is in force in a community on a day; 'SEAL' and other kinds are asked apart.
CREATE FUNCTION require_item_in_force(item uuid, place text, day date, seal boolean) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM work_list_items i JOIN work_lists l ON l.id = i.list_id
    WHERE i.id = item AND (l.kind = 'SEAL') = seal AND l.state = 'IN_FORCE'
      AND daterange(l.starts_on, l.until_on) @> day AND division_covers(l.division_code, place)
    FOR SHARE OF l;
    IF NOT FOUND THEN
        PERFORM sanshe_refuse('ITEM_NOT_IN_FORCE', '该事项不在施行中的清单内,不予办理',
            'the item is in no list that is in force here');
    END IF;
END
$$;

CREATE TABLE task_assignments (
    id                uuid PRIMARY KEY,
    community_id      uuid NOT NULL REFERENCES communities (id),
    division_code     text NOT NULL,
    item_id           uuid NOT NULL REFERENCES work_list_items (id),
    department        text NOT NULL CHECK (length(department) BETWEEN 1 AND 100),
    title             text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    description       text NOT NULL CHECK (length(description) BETWEEN 1 AND 2000),
    due_on            date NOT NULL,
    assigned_by       text NOT NULL,
    assigned_at       timestamptz NOT NULL,
    state             text NOT NULL,
    refusal           text CHECK (refusal IN ('NOT_IN_LIST', 'NO_FUNDING', 'BEYOND_CAPACITY')),
    refusal_reason    text CHECK (length(refusal_reason) BETWEEN 1 AND 1000),
    escalated_by      text,
    escalation_reason text CHECK (length(escalation_reason) BETWEEN 1 AND 1000),
    decided_by        text,
    decision_note     text CHECK (length(decision_note) BETWEEN 1 AND 1000),
    result            text CHECK (length(result) BETWEEN 1 AND 2000),
    ended_at          timestamptz,
    updated_at        timestamptz NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    CONSTRAINT task_due CHECK (due_on >= china_day(assigned_at)),
    CONSTRAINT task_refusal CHECK (state <> 'REFUSED' OR (refusal IS NOT NULL AND refusal_reason IS NOT NULL)),
    CONSTRAINT task_escalation CHECK (state <> 'ESCALATED'
        OR (escalated_by IS NOT NULL AND escalation_reason IS NOT NULL)),
    -- Whoever asks for a decision does not decide it.
    CONSTRAINT task_decided_by_another CHECK (decided_by IS NULL OR decided_by <> escalated_by),
    CONSTRAINT task_result CHECK ((state = 'DONE') = (result IS NOT NULL)),
    CONSTRAINT task_ended CHECK ((state IN ('REFUSED', 'WITHDRAWN', 'DONE', 'TRANSFERRED')) = (ended_at IS NOT NULL))
);
CREATE INDEX tasks_by_division ON task_assignments (division_code text_pattern_ops, id);
CREATE INDEX tasks_by_community ON task_assignments (community_id, assigned_at);
CREATE INDEX tasks_due ON task_assignments (due_on) WHERE ended_at IS NULL;

INSERT INTO state_moves VALUES
    ('task', '', 'ASSIGNED'),
    ('task', 'ASSIGNED', 'ACCEPTED'),
    ('task', 'ASSIGNED', 'REFUSED'),
    ('task', 'ASSIGNED', 'WITHDRAWN'),
    ('task', 'REFUSED', 'ESCALATED'),
    ('task', 'ESCALATED', 'ACCEPTED'),
    ('task', 'ESCALATED', 'WITHDRAWN'),
    ('task', 'ACCEPTED', 'DONE'),
    ('task', 'ACCEPTED', 'TRANSFERRED');

CREATE FUNCTION tasks_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM require_item_in_force(NEW.item_id, NEW.division_code, china_day(NEW.assigned_at), false);
    RETURN NEW;
END
$$;
CREATE TRIGGER tasks_guard BEFORE INSERT ON task_assignments
    FOR EACH ROW EXECUTE FUNCTION tasks_guard();
CREATE TRIGGER tasks_origin BEFORE UPDATE ON task_assignments
    FOR EACH ROW EXECUTE FUNCTION origin_guard('task', 'community_id', 'division_code', 'item_id',
        'department', 'title', 'description', 'due_on', 'assigned_by', 'assigned_at');
CREATE TRIGGER tasks_state BEFORE INSERT OR UPDATE ON task_assignments
    FOR EACH ROW EXECUTE FUNCTION state_guard('task');
REVOKE DELETE ON task_assignments FROM sanshe_app;

-- 转出 (A24): work that is not the community's goes to those who are paid for it.
CREATE TABLE work_transfers (
    id                  uuid PRIMARY KEY,
    task_id             uuid NOT NULL CONSTRAINT work_transfer_task UNIQUE REFERENCES task_assignments (id),
    proposal_id         uuid NOT NULL REFERENCES proposals (id),
    community_id        uuid NOT NULL REFERENCES communities (id),
    division_code       text NOT NULL,
    reason              text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    procurement_need_id uuid NOT NULL CONSTRAINT work_transfer_need UNIQUE,
    decided_by          text NOT NULL,
    decided_at          timestamptz NOT NULL
);
CREATE INDEX work_transfers_by_community ON work_transfers (community_id, id);
CREATE TRIGGER work_transfers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON work_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON work_transfers FROM sanshe_app;

CREATE FUNCTION tasks_transfer_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM work_transfers t WHERE t.task_id = NEW.id) THEN
        PERFORM sanshe_refuse('TASK_WITHOUT_TRANSFER', '没有转出决定', 'no decision transfers this task');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tasks_transfer_guard BEFORE UPDATE ON task_assignments
    FOR EACH ROW WHEN (NEW.state = 'TRANSFERRED' AND OLD.state <> 'TRANSFERRED')
    EXECUTE FUNCTION tasks_transfer_guard();

-- 盖章: only for what the list in force names.
CREATE TABLE seal_requests (
    id             uuid PRIMARY KEY,
    community_id   uuid NOT NULL REFERENCES communities (id),
    division_code  text NOT NULL,
    item_id        uuid NOT NULL REFERENCES work_list_items (id),
    resident_id    uuid NOT NULL,
    purpose        text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 500),
    channel        text NOT NULL,
    assisted_by    text,
    requested_at   timestamptz NOT NULL,
    state          text NOT NULL,
    seal_no        text CONSTRAINT seal_request_number UNIQUE,
    refusal_reason text CHECK (length(refusal_reason) BETWEEN 1 AND 500),
    decided_by     text,
    updated_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    CONSTRAINT seal_request_sealed CHECK ((state = 'SEALED') = (seal_no IS NOT NULL)),
    CONSTRAINT seal_request_refused CHECK ((state = 'REFUSED') = (refusal_reason IS NOT NULL)),
    CONSTRAINT seal_request_decided CHECK (state NOT IN ('SEALED', 'REFUSED') OR decided_by IS NOT NULL)
);
CREATE INDEX seal_requests_by_division ON seal_requests (division_code text_pattern_ops, id);
CREATE INDEX seal_requests_by_resident ON seal_requests (resident_id, id);

INSERT INTO state_moves VALUES
    ('seal_request', '', 'SUBMITTED'),
    ('seal_request', 'SUBMITTED', 'SEALED'),
    ('seal_request', 'SUBMITTED', 'REFUSED'),
    ('seal_request', 'SUBMITTED', 'WITHDRAWN');

-- Also when it is sealed: the list may have changed since it was asked for.
CREATE FUNCTION seal_requests_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('SUBMITTED', 'SEALED') THEN
        PERFORM require_item_in_force(NEW.item_id, NEW.division_code, china_day(NEW.updated_at), true);
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER seal_requests_guard BEFORE INSERT OR UPDATE ON seal_requests
    FOR EACH ROW EXECUTE FUNCTION seal_requests_guard();
CREATE TRIGGER seal_requests_origin BEFORE UPDATE ON seal_requests
    FOR EACH ROW EXECUTE FUNCTION origin_guard('seal_request', 'community_id', 'division_code',
        'item_id', 'resident_id', 'purpose', 'channel', 'assisted_by', 'requested_at');
CREATE TRIGGER seal_requests_state BEFORE INSERT OR UPDATE ON seal_requests
    FOR EACH ROW EXECUTE FUNCTION state_guard('seal_request');
REVOKE DELETE ON seal_requests FROM sanshe_app;

-- The register of seals: one number after the other, per community and year.
CREATE TABLE seal_numbers (
    community_id uuid NOT NULL REFERENCES communities (id),
    year         integer NOT NULL,
    last         integer NOT NULL CHECK (last > 0),
    PRIMARY KEY (community_id, year)
);
REVOKE DELETE ON seal_numbers FROM sanshe_app;

-- 台账、牌子、检查评比 (A27): what weighs on a community besides its tasks.
CREATE TABLE burden_records (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('LEDGER', 'PLAQUE', 'INSPECTION')),
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    department    text NOT NULL CHECK (length(department) BETWEEN 1 AND 100),
    starts_on       date NOT NULL,
    recorded_by   text NOT NULL,
    recorded_at   timestamptz NOT NULL,
    until_on      date CHECK (until_on >= starts_on),
    version       integer NOT NULL DEFAULT 1
);
CREATE INDEX burden_records_by_community ON burden_records (community_id, starts_on);
CREATE TRIGGER burden_records_origin BEFORE UPDATE ON burden_records
    FOR EACH ROW EXECUTE FUNCTION origin_guard('burden', 'community_id', 'division_code', 'kind',
        'title', 'department', 'starts_on', 'recorded_by', 'recorded_at');
REVOKE DELETE ON burden_records FROM sanshe_app;
