-- 四张清单 (A19–A21): what communities do by law, help the government with, put
-- their seal under, and admit as work. A list is commented on by residents,
-- approved, in force for a while, and retired; what was in force stays to be read.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('com.work_list.comment_days', 7, 'days', '[2018-01-01,)', '示范默认值,待市级文件核定(清单公开征求意见期限)');

CREATE TABLE work_lists (
    id                uuid PRIMARY KEY,
    kind              text NOT NULL CHECK (kind IN ('DUTY', 'ASSIST', 'SEAL', 'ADMISSION')),
    division_code     text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    number            integer NOT NULL CHECK (number > 0),
    title             text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    basis_document    text NOT NULL CHECK (length(basis_document) BETWEEN 1 AND 200),
    drafted_by        text NOT NULL,
    created_at        timestamptz NOT NULL,
    state             text NOT NULL,
    comment_from      timestamptz,
    comment_until     timestamptz,
    approval_document text CHECK (length(approval_document) BETWEEN 1 AND 200),
    approved_by       text,
    starts_on           date,
    until_on          date,
    updated_at        timestamptz NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    CONSTRAINT work_list_number UNIQUE (division_code, kind, number),
    CONSTRAINT work_list_period CHECK (until_on >= starts_on),
    CONSTRAINT work_list_approved CHECK (state NOT IN ('APPROVED', 'IN_FORCE', 'RETIRED')
        OR (approval_document IS NOT NULL AND approved_by IS NOT NULL)),
    CONSTRAINT work_list_dated CHECK ((state IN ('IN_FORCE', 'RETIRED')) = (starts_on IS NOT NULL)),
    CONSTRAINT work_list_ended CHECK ((state = 'RETIRED') = (until_on IS NOT NULL)),
    -- One version of a kind in force at a time and place.
    CONSTRAINT work_list_in_force EXCLUDE USING gist
        (division_code WITH =, kind WITH =, daterange(starts_on, until_on) WITH &&)
        WHERE (starts_on IS NOT NULL)
);
CREATE INDEX work_lists_by_division ON work_lists (division_code text_pattern_ops, id);

INSERT INTO state_moves VALUES
    ('work_list', '', 'DRAFTED'),
    ('work_list', 'DRAFTED', 'PUBLIC_COMMENT'),
    ('work_list', 'PUBLIC_COMMENT', 'DRAFTED'),
    ('work_list', 'PUBLIC_COMMENT', 'APPROVED'),
    ('work_list', 'APPROVED', 'IN_FORCE'),
    ('work_list', 'IN_FORCE', 'RETIRED');

CREATE TABLE work_list_items (
    id             uuid PRIMARY KEY,
    list_id        uuid NOT NULL REFERENCES work_lists (id),
    code           text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9.-]{0,19}$'),
    title          text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    basis_document text NOT NULL CHECK (length(basis_document) BETWEEN 1 AND 200),
    department     text NOT NULL CHECK (length(department) BETWEEN 1 AND 100),
    period         text NOT NULL CHECK (period IN ('ONCE', 'MONTHLY', 'QUARTERLY', 'YEARLY', 'AS_NEEDED')),
    funding        bigint CHECK (funding > 0),
    admission_id   uuid,
    created_at     timestamptz NOT NULL,
    CONSTRAINT work_list_item_code UNIQUE (list_id, code)
);

-- Items are written and taken away while their list is a draft, and never changed.
CREATE FUNCTION work_list_items_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    list work_lists%ROWTYPE;
    wanted uuid;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM sanshe_refuse('WORK_LIST_ITEM_FIXED', '清单事项只能增删,不能修改', 'an item of a list never changes');
    END IF;
    IF TG_OP = 'DELETE' THEN
        wanted := OLD.list_id;
    ELSE
        wanted := NEW.list_id;
    END IF;
    SELECT * INTO list FROM work_lists WHERE id = wanted FOR SHARE;
    IF list.state <> 'DRAFTED' THEN
        PERFORM sanshe_refuse('WORK_LIST_NOT_DRAFT', '只有起草中的清单可以增删事项',
            'items are added to and taken from a draft only');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER work_list_items_guard BEFORE INSERT OR UPDATE OR DELETE ON work_list_items
    FOR EACH ROW EXECUTE FUNCTION work_list_items_guard();

CREATE TABLE work_list_comments (
    id           uuid PRIMARY KEY,
    list_id      uuid NOT NULL REFERENCES work_lists (id),
    resident_id  uuid NOT NULL,
    text         text NOT NULL CHECK (length(text) BETWEEN 1 AND 1000),
    commented_at timestamptz NOT NULL,
    answer       text CHECK (length(answer) BETWEEN 1 AND 1000),
    answered_by  text,
    answered_at  timestamptz,
    version      integer NOT NULL DEFAULT 1,
    CONSTRAINT work_list_comment_answer CHECK ((answer IS NULL) = (answered_at IS NULL)
        AND (answer IS NULL) = (answered_by IS NULL))
);
CREATE INDEX work_list_comments_by_list ON work_list_comments (list_id, id);

CREATE FUNCTION work_list_comments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE list work_lists%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.answer IS NOT NULL
           OR (NEW.list_id, NEW.resident_id, NEW.text, NEW.commented_at)
              IS DISTINCT FROM (OLD.list_id, OLD.resident_id, OLD.text, OLD.commented_at) THEN
            PERFORM sanshe_refuse('WORK_LIST_COMMENT_FIXED', '意见不可更改,只答复一次',
                'a comment never changes and is answered once');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO list FROM work_lists WHERE id = NEW.list_id FOR SHARE;
    IF list.state <> 'PUBLIC_COMMENT' OR NEW.commented_at >= list.comment_until THEN
        PERFORM sanshe_refuse('WORK_LIST_COMMENT_CLOSED', '该清单不在征求意见期内',
            'the list is not open for comments');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER work_list_comments_guard BEFORE INSERT OR UPDATE ON work_list_comments
    FOR EACH ROW EXECUTE FUNCTION work_list_comments_guard();
REVOKE DELETE ON work_list_comments FROM sanshe_app;

CREATE FUNCTION work_lists_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'PUBLIC_COMMENT' THEN
        IF NOT EXISTS (SELECT 1 FROM work_list_items i WHERE i.list_id = NEW.id) THEN
            PERFORM sanshe_refuse('WORK_LIST_EMPTY', '清单没有事项', 'the list has no items');
        END IF;
        IF NEW.comment_until IS NULL OR NEW.comment_from IS NULL OR NEW.comment_until <= NEW.comment_from
           OR NEW.comment_until < NEW.comment_from + make_interval(days =>
                policy_number('com.work_list.comment_days', NEW.division_code,
                              china_day(NEW.comment_from))::integer) THEN
            PERFORM sanshe_refuse('WORK_LIST_COMMENT_SHORT', '征求意见期短于规定期限',
                'the time for comments is shorter than the rule');
        END IF;
    END IF;
    IF NEW.state = 'APPROVED' THEN
        IF NEW.updated_at < OLD.comment_until THEN
            PERFORM sanshe_refuse('WORK_LIST_COMMENT_OPEN', '征求意见期尚未结束', 'comments may still be given');
        END IF;
        IF EXISTS (SELECT 1 FROM work_list_comments c WHERE c.list_id = NEW.id AND c.answer IS NULL) THEN
            PERFORM sanshe_refuse('WORK_LIST_UNANSWERED', '还有意见没有答复', 'comments are still to be answered');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER work_lists_guard BEFORE UPDATE ON work_lists
    FOR EACH ROW EXECUTE FUNCTION work_lists_guard();
CREATE TRIGGER work_lists_origin BEFORE UPDATE ON work_lists
    FOR EACH ROW EXECUTE FUNCTION origin_guard('work_list', 'kind', 'division_code', 'number',
        'title', 'basis_document', 'drafted_by', 'created_at');
CREATE TRIGGER work_lists_state BEFORE INSERT OR UPDATE ON work_lists
    FOR EACH ROW EXECUTE FUNCTION state_guard('work_list');
REVOKE DELETE ON work_lists FROM sanshe_app;

-- 事权划分 (A19): one lead body for one item at a time.
CREATE TABLE duty_items (
    id             uuid PRIMARY KEY,
    community_id   uuid NOT NULL REFERENCES communities (id),
    division_code  text NOT NULL,
    code           text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9.-]{0,19}$'),
    title          text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    lead_body      text NOT NULL CHECK (lead_body IN
                   ('PARTY_WORK_COMMITTEE', 'PUBLIC_SERVICE_CENTRE', 'RESIDENTS_COMMITTEE')),
    basis_document text NOT NULL CHECK (length(basis_document) BETWEEN 1 AND 200),
    starts_on        date NOT NULL,
    created_at     timestamptz NOT NULL,
    until_on       date CHECK (until_on >= starts_on),
    version        integer NOT NULL DEFAULT 1,
    CONSTRAINT duty_item_lead EXCLUDE USING gist
        (community_id WITH =, code WITH =, daterange(starts_on, until_on) WITH &&)
);
CREATE INDEX duty_items_by_community ON duty_items (community_id, id);
CREATE TRIGGER duty_items_origin BEFORE UPDATE ON duty_items
    FOR EACH ROW EXECUTE FUNCTION origin_guard('duty_item', 'community_id', 'division_code', 'code',
        'title', 'lead_body', 'basis_document', 'starts_on', 'created_at');
REVOKE DELETE ON duty_items FROM sanshe_app;
