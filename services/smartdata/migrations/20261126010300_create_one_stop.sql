-- 一站式办理 (A58, A59, A62, A64, SM-13): what can be applied for, and the cases.

-- 服务事项 (A64): government matters first, then affairs, then open services;
-- the last only after a security review by somebody else.
CREATE TABLE service_items (
    code                     text PRIMARY KEY CONSTRAINT service_item_code
                             CHECK (code ~ '^[A-Z][A-Z0-9_]{2,39}$'),
    name                     text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    class                    text NOT NULL CHECK (class IN ('GOVERNMENT', 'AFFAIRS', 'OPEN')),
    division_code            text NOT NULL CONSTRAINT service_item_division REFERENCES divisions (code),
    -- Whoever delivers an open service; the division's own staff where nobody is named.
    provider_organization_id uuid,
    elements                 text[] NOT NULL CONSTRAINT service_item_elements CHECK (elements <@
                             ARRAY['FOOD', 'HOUSING', 'TRANSPORT', 'TRAVEL', 'SHOPPING', 'LEISURE', 'HEALTH']),
    guide                    text NOT NULL CHECK (length(guide) BETWEEN 1 AND 4000),
    basis                    text NOT NULL CHECK (length(basis) BETWEEN 1 AND 500),
    -- What is asked: a list of {key, label, source, required}.
    form                     jsonb NOT NULL CONSTRAINT service_item_form CHECK (jsonb_typeof(form) = 'array'),
    accept_days              integer NOT NULL CHECK (accept_days BETWEEN 0 AND 60),
    handle_days              integer NOT NULL CHECK (handle_days BETWEEN 1 AND 365),
    state                    text NOT NULL,
    drafted_by               text NOT NULL CHECK (drafted_by <> ''),
    reviewed_by              text,
    reviewed_at              timestamptz,
    review_passed            boolean,
    review_note              text CHECK (length(review_note) BETWEEN 1 AND 1000),
    suspended_for            text CHECK (length(suspended_for) BETWEEN 1 AND 500),
    released_at              timestamptz,
    version                  integer NOT NULL DEFAULT 1,
    drafted_at               timestamptz NOT NULL,
    updated_at               timestamptz NOT NULL,
    -- 吃住行游购娱健: an open service serves at least one element of life.
    CONSTRAINT service_item_life CHECK (class <> 'OPEN' OR cardinality(elements) >= 1),
    CONSTRAINT service_item_reviewed CHECK (num_nonnulls(reviewed_by, reviewed_at, review_passed, review_note) IN (0, 4)
        AND reviewed_by <> drafted_by),
    CONSTRAINT service_item_released CHECK ((released_at IS NULL) = (state = 'DRAFT')),
    CONSTRAINT service_item_gate CHECK (class <> 'OPEN' OR state IN ('DRAFT', 'RETIRED')
        OR coalesce(review_passed, false)),
    CONSTRAINT service_item_suspended CHECK ((state = 'SUSPENDED') = (suspended_for IS NOT NULL))
);
CREATE INDEX service_items_by_division ON service_items (division_code text_pattern_ops, code);
REVOKE DELETE ON service_items FROM sanshe_app;

CREATE TABLE service_item_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO service_item_transitions VALUES
    ('DRAFT', 'RELEASED'), ('RELEASED', 'SUSPENDED'), ('SUSPENDED', 'RELEASED'),
    ('RELEASED', 'RETIRED'), ('SUSPENDED', 'RETIRED');
REVOKE INSERT, UPDATE, DELETE ON service_item_transitions FROM sanshe_app;

CREATE FUNCTION service_items_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'DRAFT' THEN
            PERFORM sanshe_refuse('SERVICE_ITEM_STATE', '事项只能从草稿开始', 'a service begins as a draft');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.code, NEW.name, NEW.class, NEW.division_code, NEW.provider_organization_id, NEW.elements,
        NEW.guide, NEW.basis, NEW.form, NEW.accept_days, NEW.handle_days, NEW.drafted_by, NEW.drafted_at)
       IS DISTINCT FROM
       (OLD.code, OLD.name, OLD.class, OLD.division_code, OLD.provider_organization_id, OLD.elements,
        OLD.guide, OLD.basis, OLD.form, OLD.accept_days, OLD.handle_days, OLD.drafted_by, OLD.drafted_at) THEN
        PERFORM sanshe_refuse('SERVICE_ITEM_FIXED', '事项内容不可更改,请另立事项', 'a service stays as it was drafted');
    END IF;
    IF OLD.reviewed_at IS NOT NULL AND (NEW.reviewed_by, NEW.reviewed_at, NEW.review_passed, NEW.review_note)
       IS DISTINCT FROM (OLD.reviewed_by, OLD.reviewed_at, OLD.review_passed, OLD.review_note) THEN
        PERFORM sanshe_refuse('SERVICE_ITEM_REVIEWED', '安全审查结论不可更改', 'a security review stands');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM service_item_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('SERVICE_ITEM_STATE',
            format('事项不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a service cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER service_items_guard BEFORE INSERT OR UPDATE ON service_items
    FOR EACH ROW EXECUTE FUNCTION service_items_guard();

INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('scd.case.supplements', 1, 'times', '[2019-01-01,)',
     '《国务院关于在线政务服务的若干规定》:一次性告知需要补正的全部内容'),
    ('scd.case.rating', 10, 'working days', '[2019-01-01,)',
     '示范默认值,待市级文件核定(好差评的评价期限)');

CREATE SEQUENCE case_numbers;
GRANT USAGE ON case_numbers TO sanshe_app;

-- 办件. What the platform knows of the resident is not stored again; what it
-- asked for is sealed like all personal data.
CREATE TABLE one_stop_cases (
    id              uuid PRIMARY KEY,
    number          text NOT NULL CONSTRAINT case_number UNIQUE CHECK (number ~ '^B[0-9]{8}-[0-9]{6,}$'),
    item_code       text NOT NULL CONSTRAINT case_item REFERENCES service_items (code),
    division_code   text NOT NULL CONSTRAINT case_division REFERENCES divisions (code),
    resident_id     uuid NOT NULL CONSTRAINT case_resident REFERENCES residents (id),
    answers_sealed  bytea NOT NULL,
    submitted_by    text NOT NULL CHECK (submitted_by <> ''),
    channel         text NOT NULL CHECK (channel <> ''),
    assisted_by     text,
    state           text NOT NULL,
    -- The clock of the present step: to be accepted, supplemented, decided.
    due_at          timestamptz,
    -- Reckoned once, when it is accepted.
    decide_by       timestamptz,
    supplement_note text CHECK (length(supplement_note) BETWEEN 1 AND 1000),
    supplement_at   timestamptz,
    supplements     integer NOT NULL DEFAULT 0 CONSTRAINT case_supplement_once CHECK (supplements BETWEEN 0 AND 1),
    refusal_reason  text CHECK (length(refusal_reason) BETWEEN 1 AND 1000),
    granted         boolean,
    decision        text CHECK (length(decision) BETWEEN 1 AND 2000),
    decided_at      timestamptz,
    delivered_at    timestamptz,
    stars           integer CHECK (stars BETWEEN 1 AND 5),
    rating_note     text CHECK (length(rating_note) BETWEEN 1 AND 1000),
    version         integer NOT NULL DEFAULT 1,
    submitted_at    timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT case_supplement CHECK ((supplement_note IS NULL) = (supplements = 0)
        AND (supplement_at IS NULL) = (supplements = 0) AND (supplements > 0 OR state <> 'SUPPLEMENT')),
    CONSTRAINT case_refused CHECK ((state = 'NOT_ACCEPTED') = (refusal_reason IS NOT NULL)),
    CONSTRAINT case_decided CHECK (num_nonnulls(granted, decision, decided_at) IN (0, 3)
        AND (state IN ('DECIDED', 'DELIVERED', 'RATED', 'ARCHIVED')) = (decided_at IS NOT NULL)),
    CONSTRAINT case_delivered CHECK ((state IN ('DELIVERED', 'RATED', 'ARCHIVED')) = (delivered_at IS NOT NULL)),
    CONSTRAINT case_accepted CHECK ((decide_by IS NOT NULL) =
        (state IN ('ACCEPTED', 'PROCESSING', 'DECIDED', 'DELIVERED', 'RATED', 'ARCHIVED'))),
    CONSTRAINT case_rated CHECK ((stars IS NOT NULL OR state <> 'RATED')
        AND (stars IS NULL OR state IN ('RATED', 'ARCHIVED')) AND (rating_note IS NULL OR stars IS NOT NULL))
);
CREATE INDEX cases_by_division ON one_stop_cases (division_code text_pattern_ops, id);
CREATE INDEX cases_by_resident ON one_stop_cases (resident_id, id);
CREATE INDEX cases_by_due ON one_stop_cases (due_at, id) WHERE due_at IS NOT NULL;
-- The same thing is not applied for twice at once.
CREATE UNIQUE INDEX case_open_one ON one_stop_cases (resident_id, item_code)
    WHERE state IN ('SUBMITTED', 'SUPPLEMENT', 'ACCEPTED', 'PROCESSING');
REVOKE DELETE ON one_stop_cases FROM sanshe_app;

CREATE TABLE case_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO case_transitions VALUES
    ('SUBMITTED', 'ACCEPTED'), ('SUBMITTED', 'SUPPLEMENT'), ('SUBMITTED', 'NOT_ACCEPTED'),
    ('SUPPLEMENT', 'SUBMITTED'), ('SUPPLEMENT', 'NOT_ACCEPTED'),
    ('ACCEPTED', 'PROCESSING'), ('PROCESSING', 'DECIDED'), ('DECIDED', 'DELIVERED'),
    ('DELIVERED', 'RATED'), ('DELIVERED', 'ARCHIVED'), ('RATED', 'ARCHIVED');
REVOKE INSERT, UPDATE, DELETE ON case_transitions FROM sanshe_app;

CREATE FUNCTION one_stop_cases_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE item service_items%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO item FROM service_items WHERE code = NEW.item_code FOR SHARE;
        IF NEW.state <> 'SUBMITTED' THEN
            PERFORM sanshe_refuse('CASE_STATE', '办件只能从“已提交”开始', 'a case begins as SUBMITTED');
        END IF;
        IF item.state <> 'RELEASED' THEN
            PERFORM sanshe_refuse('SERVICE_ITEM_CLOSED', '该事项未开放办理', 'this service is not open at present');
        END IF;
        IF item.class = 'OPEN' THEN
            PERFORM sanshe_refuse('SERVICE_ITEM_ORDERED', '开放服务请下单,不需申请', 'an open service is ordered, not applied for');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM residents r WHERE r.id = NEW.resident_id AND r.status = 'ALIVE') THEN
            PERFORM sanshe_refuse('RESIDENT_STATUS', '只有在册居民可以申请', 'only a resident who lives here can apply');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.number, NEW.item_code, NEW.division_code, NEW.resident_id, NEW.submitted_by,
        NEW.channel, NEW.assisted_by, NEW.submitted_at)
       IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.item_code, OLD.division_code, OLD.resident_id, OLD.submitted_by,
        OLD.channel, OLD.assisted_by, OLD.submitted_at)
       OR (NEW.answers_sealed <> OLD.answers_sealed AND (OLD.state, NEW.state) <> ('SUPPLEMENT', 'SUBMITTED')) THEN
        PERFORM sanshe_refuse('CASE_FIXED', '办件内容只能在补正时更改', 'what was applied for changes only with a supplement');
    END IF;
    IF OLD.decide_by IS NOT NULL AND NEW.decide_by <> OLD.decide_by THEN
        PERFORM sanshe_refuse('CASE_DUE_FIXED', '办结时限只计算一次', 'the limit is reckoned once');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM case_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('CASE_STATE',
            format('办件不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a case cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.supplements <> OLD.supplements + (NEW.state = 'SUPPLEMENT' AND OLD.state <> 'SUPPLEMENT')::integer THEN
        PERFORM sanshe_refuse('CASE_SUPPLEMENT_ONCE', '补正只能要求一次', 'a supplement is asked for once');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER one_stop_cases_guard BEFORE INSERT OR UPDATE ON one_stop_cases
    FOR EACH ROW EXECUTE FUNCTION one_stop_cases_guard();
CREATE TRIGGER one_stop_cases_live AFTER INSERT OR UPDATE ON one_stop_cases
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('one_stop_case', 'id');

-- 办理过程: every version of a case leaves its record.
CREATE TABLE case_steps (
    case_id    uuid NOT NULL REFERENCES one_stop_cases (id),
    version    integer NOT NULL CHECK (version > 0),
    from_state text,
    to_state   text NOT NULL,
    at         timestamptz NOT NULL,
    actor      text NOT NULL CHECK (actor <> ''),
    actor_name text,
    note       text CHECK (length(note) BETWEEN 1 AND 2000),
    channel    text NOT NULL,
    due_at     timestamptz,
    PRIMARY KEY (case_id, version)
);
CREATE TRIGGER case_steps_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON case_steps
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON case_steps FROM sanshe_app;

CREATE FUNCTION cases_leave_steps() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM case_steps s WHERE s.case_id = NEW.id
                   AND s.version = NEW.version AND s.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('CASE_STEP_MISSING', '办件状态变化须留下过程记录', 'a move of a case leaves its record');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER cases_leave_steps AFTER INSERT OR UPDATE OF state ON one_stop_cases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cases_leave_steps();

-- Reading what a resident wrote in a case is a look at personal data.
ALTER TABLE access_log DROP CONSTRAINT access_fields;
ALTER TABLE access_log ADD CONSTRAINT access_fields CHECK (
    cardinality(fields) > 0
    AND fields <@ ARRAY['NAME', 'CITIZEN_ID', 'PHONE', 'BIRTH_DATE', 'CASE_FORM']);
