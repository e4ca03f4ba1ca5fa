-- 社会工作者 (A48). Each comes from one of three sources, each with evidence.
CREATE TABLE social_workers (
    id                       uuid PRIMARY KEY,
    resident_id              uuid NOT NULL CONSTRAINT social_worker_registered UNIQUE,
    division_code            text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    source                   text NOT NULL CHECK (source IN ('QUALIFIED', 'DISPATCHED', 'MUNICIPAL_EXAM')),
    grade                    text NOT NULL CHECK (grade IN ('NONE', 'ASSISTANT', 'SOCIAL_WORKER', 'SENIOR')),
    -- The number itself is encrypted; a keyed hash keeps it unique, four
    -- characters are enough to recognise one's own.
    certificate_no_enc       bytea,
    certificate_no_index     bytea CONSTRAINT social_worker_certificate UNIQUE,
    certificate_no_tail      text CHECK (length(certificate_no_tail) = 4),
    registered_from          date,
    registered_to            date,
    employer_organization_id uuid,
    exam_passed_on           date,
    active                   boolean NOT NULL,
    demo                     boolean NOT NULL,
    version                  integer NOT NULL DEFAULT 1,
    created_at               timestamptz NOT NULL,
    updated_at               timestamptz NOT NULL,
    CONSTRAINT social_worker_certificate_whole CHECK (
        num_nulls(certificate_no_enc, certificate_no_index, certificate_no_tail) IN (0, 3)),
    CONSTRAINT social_worker_registration_whole CHECK (
        num_nulls(registered_from, registered_to) IN (0, 2) AND registered_from <= registered_to),
    CONSTRAINT social_worker_registration_graded CHECK (
        registered_from IS NULL OR (grade <> 'NONE' AND certificate_no_enc IS NOT NULL))
);

-- Where a social worker serves; `division_code` of the worker is the first.
CREATE TABLE social_worker_communities (
    social_worker_id uuid NOT NULL REFERENCES social_workers (id),
    community_id     uuid NOT NULL,
    division_code    text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    position         integer NOT NULL CHECK (position >= 0),
    PRIMARY KEY (social_worker_id, community_id)
);
CREATE INDEX social_worker_communities_by_community
    ON social_worker_communities (community_id, social_worker_id);
CREATE INDEX social_worker_communities_by_division
    ON social_worker_communities (division_code text_pattern_ops, social_worker_id);

-- 登记周期: every cycle a worker was registered for, kept for good.
CREATE TABLE social_worker_registrations (
    social_worker_id uuid NOT NULL REFERENCES social_workers (id),
    period           daterange NOT NULL CHECK (NOT isempty(period)),
    recorded_at      timestamptz NOT NULL,
    CONSTRAINT registration_overlap EXCLUDE USING gist (social_worker_id WITH =, period WITH &&)
);
CREATE TRIGGER social_worker_registrations_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON social_worker_registrations
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON social_worker_registrations FROM sanshe_app;

CREATE FUNCTION social_workers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    today  date := (NEW.updated_at AT TIME ZONE 'Asia/Shanghai')::date;
    earned bigint;
    needed numeric;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.resident_id <> OLD.resident_id OR NEW.created_at <> OLD.created_at) THEN
        PERFORM sanshe_refuse('SOCIAL_WORKER_ORIGIN', '社会工作者的身份来源不可更改',
            'who a social worker is never changes');
    END IF;

    IF NEW.source = 'QUALIFIED' THEN
        IF NEW.grade = 'NONE' THEN
            PERFORM sanshe_refuse('SOCIAL_WORKER_GRADE_MISSING', '持证社会工作者须为助理社会工作师及以上',
                'a qualified social worker is at least an assistant social worker');
        ELSIF NEW.certificate_no_enc IS NULL THEN
            PERFORM sanshe_refuse('SOCIAL_WORKER_CERTIFICATE_MISSING', '持证社会工作者须有职业资格证书编号',
                'a qualified social worker has a certificate number');
        ELSIF NEW.registered_from IS NULL THEN
            PERFORM sanshe_refuse('SOCIAL_WORKER_REGISTRATION_MISSING', '持证社会工作者须已登记',
                'a qualified social worker is registered');
        END IF;
    ELSIF NEW.source = 'DISPATCHED' AND NEW.employer_organization_id IS NULL THEN
        PERFORM sanshe_refuse('SOCIAL_WORKER_EMPLOYER_MISSING', '机构派驻的社会工作者须有派驻机构',
            'a dispatched social worker has an organisation that sends them');
    END IF;

    -- The municipal route is judged once, when it is taken.
    IF NEW.source = 'MUNICIPAL_EXAM' AND (TG_OP = 'INSERT' OR OLD.source <> NEW.source) THEN
        needed := sw_parameter('sw.municipal.training_hours', NEW.division_code, today) * 60;
        SELECT coalesce(sum(minutes), 0) INTO earned FROM trainings
        WHERE resident_id = NEW.resident_id AND held_on <= today;
        IF earned < needed THEN
            PERFORM sanshe_refuse('TRAINING_HOURS_INSUFFICIENT',
                format('培训时长不足:已有 %s 分钟,须达 %s 分钟', earned, needed),
                format('not enough training: %s minutes of %s', earned, needed));
        END IF;
        IF NEW.exam_passed_on IS NULL OR NOT EXISTS (
            SELECT 1 FROM exams WHERE resident_id = NEW.resident_id AND passed
                AND held_on = NEW.exam_passed_on AND held_on <= today) THEN
            PERFORM sanshe_refuse('EXAM_NOT_PASSED', '没有该日期的市民政考试合格记录',
                'there is no pass of the municipal examination on that day');
        END IF;
    END IF;

    IF NEW.registered_from IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.registered_from IS DISTINCT FROM OLD.registered_from
            OR NEW.registered_to IS DISTINCT FROM OLD.registered_to) THEN
        IF NEW.registered_to <> (NEW.registered_from + make_interval(years =>
                sw_parameter('sw.registration.cycle_years', NEW.division_code, NEW.registered_from)::int))::date - 1 THEN
            PERFORM sanshe_refuse('REGISTRATION_CYCLE', '登记有效期与规定的周期不符',
                'a registration runs for exactly one cycle');
        END IF;
        IF TG_OP = 'UPDATE' AND OLD.registered_from IS NOT NULL THEN
            needed := sw_parameter('sw.cpd.' || lower(NEW.grade) || '_hours', NEW.division_code, today) * 60;
            SELECT coalesce(sum(minutes), 0) INTO earned FROM trainings
            WHERE resident_id = NEW.resident_id
              AND held_on BETWEEN OLD.registered_from AND OLD.registered_to;
            IF earned < needed THEN
                PERFORM sanshe_refuse('CPD_HOURS_INSUFFICIENT',
                    format('继续教育学时不足:本周期 %s 分钟,须达 %s 分钟', earned, needed),
                    format('not enough continuing education in this cycle: %s minutes of %s', earned, needed));
            END IF;
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER social_workers_guard BEFORE INSERT OR UPDATE ON social_workers
    FOR EACH ROW EXECUTE FUNCTION social_workers_guard();

-- No cycle goes unrecorded, whoever writes it.
CREATE FUNCTION social_workers_keep_cycle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.registered_from IS NOT NULL AND (TG_OP = 'INSERT'
            OR NEW.registered_from IS DISTINCT FROM OLD.registered_from) THEN
        INSERT INTO social_worker_registrations (social_worker_id, period, recorded_at)
        VALUES (NEW.id, daterange(NEW.registered_from, NEW.registered_to, '[]'), NEW.updated_at);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER social_workers_keep_cycle AFTER INSERT OR UPDATE ON social_workers
    FOR EACH ROW EXECUTE FUNCTION social_workers_keep_cycle();
REVOKE DELETE ON social_workers FROM sanshe_app;
