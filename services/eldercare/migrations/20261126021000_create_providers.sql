-- 服务机构、护理人员和资质 (A56). Medical service is given by a licensed provider,
-- by somebody whose own papers hold on the planned day; which papers a line of
-- service asks for is data, and the same rows decide here and in the domain.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('ec.credential.warn_days', 60, 'days', '[2019-01-01,)',
     '示范默认值,待市级文件核定(资质到期提醒的提前天数)');

CREATE TABLE providers (
    organization_id uuid CONSTRAINT provider_exists PRIMARY KEY,
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    lines           text[] NOT NULL CONSTRAINT provider_lines CHECK (cardinality(lines) > 0
                    AND lines <@ ARRAY['DAY_CARE', 'HOUSEKEEPING', 'MEDICAL', 'ERRAND', 'ESCORT', 'MEALS']),
    registered_by   text NOT NULL CHECK (registered_by <> ''),
    registered_at   timestamptz NOT NULL
);
CREATE INDEX providers_by_division ON providers (division_code text_pattern_ops, organization_id);
REVOKE UPDATE, DELETE ON providers FROM sanshe_app;
GRANT UPDATE (lines) ON providers TO sanshe_app;

-- 护理人员, by the id of the resident; a name stands nowhere here.
CREATE TABLE care_workers (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES providers (organization_id),
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    resident_id     uuid NOT NULL,
    job             text NOT NULL CHECK (job IN ('CAREGIVER', 'NURSE', 'PHYSICIAN', 'THERAPIST')),
    started_on      date NOT NULL,
    ended_on        date CHECK (ended_on >= started_on),
    end_reason      text CHECK (length(end_reason) BETWEEN 1 AND 500),
    registered_by   text NOT NULL CHECK (registered_by <> ''),
    registered_at   timestamptz NOT NULL,
    CONSTRAINT care_worker_end CHECK ((ended_on IS NULL) = (end_reason IS NULL))
);
-- One person works for one provider at a time: nobody is planned into two
-- homes by way of two registrations.
ALTER TABLE care_workers ADD CONSTRAINT care_worker_exists EXCLUDE USING gist
    (resident_id WITH =, daterange(started_on, ended_on, '[]') WITH &&);
CREATE INDEX care_workers_by_organization ON care_workers (organization_id, id);
CREATE INDEX care_workers_by_division ON care_workers (division_code text_pattern_ops, id);
REVOKE UPDATE, DELETE ON care_workers FROM sanshe_app;
GRANT UPDATE (ended_on, end_reason) ON care_workers TO sanshe_app;

CREATE FUNCTION care_workers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_on IS NOT NULL
       OR (NEW.id, NEW.organization_id, NEW.division_code, NEW.resident_id, NEW.job, NEW.started_on,
           NEW.registered_by, NEW.registered_at)
          IS DISTINCT FROM
          (OLD.id, OLD.organization_id, OLD.division_code, OLD.resident_id, OLD.job, OLD.started_on,
           OLD.registered_by, OLD.registered_at) THEN
        PERFORM sanshe_refuse('CARE_WORKER_FIXED', '护理人员登记只能终止一次',
            'the registration of a care worker only ends, and once');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER care_workers_guard BEFORE UPDATE ON care_workers
    FOR EACH ROW EXECUTE FUNCTION care_workers_guard();

-- 资质: of a provider, or of one of its people. The number is kept as a keyed
-- digest with its last characters: it tells whether a paper is used by two.
CREATE TABLE credentials (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES providers (organization_id),
    care_worker_id  uuid REFERENCES care_workers (id),
    holder_id       uuid NOT NULL
                    GENERATED ALWAYS AS (coalesce(care_worker_id, organization_id)) STORED,
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    kind            text NOT NULL CHECK (kind IN
                    ('MEDICAL_LICENCE', 'CARE_FILING', 'FOOD_LICENCE', 'PHYSICIAN', 'NURSE',
                     'THERAPIST', 'CAREGIVER', 'HEALTH_CERTIFICATE')),
    number_index    bytea NOT NULL CHECK (octet_length(number_index) = 32),
    number_tail     text NOT NULL CHECK (length(number_tail) BETWEEN 1 AND 4),
    issuer          text NOT NULL CHECK (length(issuer) BETWEEN 1 AND 100),
    valid_from      date NOT NULL,
    -- The last day it holds.
    valid_to        date NOT NULL,
    state           text NOT NULL CHECK (state IN ('SUBMITTED', 'VERIFIED', 'REJECTED', 'REVOKED')),
    submitted_by    text NOT NULL CHECK (submitted_by <> ''),
    submitted_at    timestamptz NOT NULL,
    reviewed_by     text,
    reviewed_at     timestamptz,
    review_reason   text CHECK (length(review_reason) BETWEEN 1 AND 500),
    version         integer NOT NULL DEFAULT 1,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT credential_days CHECK (valid_to >= valid_from),
    CONSTRAINT credential_holder CHECK
        ((care_worker_id IS NULL) = (kind IN ('MEDICAL_LICENCE', 'CARE_FILING', 'FOOD_LICENCE'))),
    CONSTRAINT credential_reviewed CHECK ((state = 'SUBMITTED') = (reviewed_by IS NULL)
        AND (reviewed_by IS NULL) = (reviewed_at IS NULL)),
    CONSTRAINT credential_self_reviewed CHECK (reviewed_by <> submitted_by),
    CONSTRAINT credential_reason CHECK
        (state NOT IN ('REJECTED', 'REVOKED') OR review_reason IS NOT NULL),
    -- One paper, one holder: whoever lends theirs is noticed (挂证).
    CONSTRAINT credential_number_used EXCLUDE USING gist
        (kind WITH =, number_index WITH =, holder_id WITH <>)
        WHERE (state IN ('SUBMITTED', 'VERIFIED'))
);
CREATE INDEX credentials_by_holder ON credentials (holder_id, kind, valid_to);
CREATE INDEX credentials_by_division ON credentials (division_code text_pattern_ops, id);
CREATE INDEX credentials_by_organization ON credentials (organization_id, id);
REVOKE UPDATE, DELETE ON credentials FROM sanshe_app;
GRANT UPDATE (state, reviewed_by, reviewed_at, review_reason, version, updated_at) ON credentials
    TO sanshe_app;

CREATE FUNCTION credentials_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'SUBMITTED' THEN
            PERFORM sanshe_refuse('CREDENTIAL_STATE', '资质只能从“待审核”开始',
                'a credential begins as SUBMITTED');
        END IF;
        IF NEW.care_worker_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM care_workers w
            WHERE w.id = NEW.care_worker_id AND w.organization_id = NEW.organization_id) THEN
            PERFORM sanshe_refuse('CREDENTIAL_HOLDER', '资质与持有人所属机构不符',
                'a credential belongs to a worker of its provider');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.organization_id, NEW.care_worker_id, NEW.division_code, NEW.kind,
        NEW.number_index, NEW.number_tail, NEW.issuer, NEW.valid_from, NEW.valid_to,
        NEW.submitted_by, NEW.submitted_at)
       IS DISTINCT FROM
       (OLD.id, OLD.organization_id, OLD.care_worker_id, OLD.division_code, OLD.kind,
        OLD.number_index, OLD.number_tail, OLD.issuer, OLD.valid_from, OLD.valid_to,
        OLD.submitted_by, OLD.submitted_at) THEN
        PERFORM sanshe_refuse('CREDENTIAL_FIXED', '资质内容不可更改,请重新提交',
            'what a credential says never changes; submit another');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
       (('SUBMITTED', 'VERIFIED'), ('SUBMITTED', 'REJECTED'), ('VERIFIED', 'REVOKED')) THEN
        PERFORM sanshe_refuse('CREDENTIAL_STATE',
            format('资质不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a credential cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER credentials_guard BEFORE INSERT OR UPDATE ON credentials
    FOR EACH ROW EXECUTE FUNCTION credentials_guard();

-- 资质要求. Of whom a line asks one of these papers: of the provider, of whoever
-- comes, or of its care workers. No line means every line.
CREATE TABLE line_requirements (
    code       text PRIMARY KEY,
    line       text CHECK (line IN
               ('DAY_CARE', 'HOUSEKEEPING', 'MEDICAL', 'ERRAND', 'ESCORT', 'MEALS')),
    who        text NOT NULL CHECK (who IN ('PROVIDER', 'WORKER', 'CARE_WORKER')),
    any_of     text[] NOT NULL CHECK (cardinality(any_of) > 0),
    valid_from date NOT NULL,
    valid_to   date CHECK (valid_to > valid_from),
    source     text NOT NULL CHECK (source <> '')
);
INSERT INTO line_requirements (code, line, who, any_of, valid_from, source) VALUES
    ('MEDICAL/PROVIDER', 'MEDICAL', 'PROVIDER', '{MEDICAL_LICENCE}', '2020-01-01',
     '《医疗机构管理条例》:未取得《医疗机构执业许可证》或者未经备案,不得开展诊疗活动'),
    ('MEDICAL/WORKER', 'MEDICAL', 'WORKER', '{PHYSICIAN,NURSE,THERAPIST}', '2020-01-01',
     '《中华人民共和国医师法》《护士条例》:执业须经注册'),
    ('ANY/CARE_WORKER', NULL, 'CARE_WORKER', '{HEALTH_CERTIFICATE}', '2020-01-01',
     '示范默认值,待市级文件核定(居家养老服务人员持健康证明上岗)');
REVOKE INSERT, UPDATE, DELETE ON line_requirements FROM sanshe_app;

-- What is missing for a line between two days; none where all papers hold on
-- all of them. Without a worker only the provider is looked at.
CREATE FUNCTION unmet_requirement(
    line text, organization uuid, worker_kind text, worker uuid, first date, last date)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT r.who FROM line_requirements r
    WHERE (r.line IS NULL OR r.line = $1)
      AND daterange(r.valid_from, r.valid_to) && daterange($5, $6, '[]')
      AND (r.who = 'PROVIDER' OR (r.who = 'WORKER' AND $3 IS NOT NULL)
           OR (r.who = 'CARE_WORKER' AND $3 = 'CARE_WORKER'))
      AND NOT EXISTS (
        SELECT 1 FROM credentials c
        WHERE c.state = 'VERIFIED' AND c.kind = ANY (r.any_of)
          AND c.valid_from <= $5 AND c.valid_to >= $6
          AND CASE WHEN r.who = 'PROVIDER' THEN c.holder_id = $2
                   ELSE $3 = 'CARE_WORKER' AND c.holder_id = $4 END)
    ORDER BY r.who LIMIT 1
$$;

CREATE FUNCTION refuse_unmet(unmet text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF unmet = 'PROVIDER' THEN
        PERFORM sanshe_refuse('PROVIDER_NOT_LICENSED', '服务机构没有此类服务所需的有效许可',
            'the provider holds no valid licence for this line of service');
    ELSIF unmet IS NOT NULL THEN
        PERFORM sanshe_refuse('WORKER_CREDENTIAL_MISSING', '服务人员在计划日没有此类服务所需的有效资质',
            'the worker holds no valid credential for this line on the planned day');
    END IF;
END
$$;

CREATE FUNCTION orders_licensed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day date := (NEW.placed_at AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    PERFORM refuse_unmet(unmet_requirement(NEW.line, NEW.organization_id, NULL, NULL, day, day));
    RETURN NEW;
END
$$;
CREATE TRIGGER orders_licensed BEFORE INSERT ON orders
    FOR EACH ROW EXECUTE FUNCTION orders_licensed();

ALTER TABLE visits DROP CONSTRAINT visits_worker_kind_check,
    ADD CONSTRAINT visits_worker_kind_check
        CHECK (worker_kind IN ('SOCIAL_WORKER', 'VOLUNTEER', 'CARE_WORKER')),
    ADD CONSTRAINT visit_care_worker_person
        CHECK (worker_kind <> 'CARE_WORKER' OR worker_resident_id IS NOT NULL);

-- Asked when somebody is assigned, when the plan moves, and once more at the
-- door: a paper may have been revoked meanwhile.
CREATE FUNCTION visits_licensed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first date := (NEW.planned_start AT TIME ZONE 'Asia/Shanghai')::date;
    last  date := (NEW.planned_end AT TIME ZONE 'Asia/Shanghai')::date;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.planned_start = OLD.planned_start AND NEW.planned_end = OLD.planned_end
           AND (NEW.state <> 'CHECKED_IN' OR OLD.state = 'CHECKED_IN') THEN
            RETURN NEW;
        END IF;
    END IF;
    IF NEW.worker_kind = 'CARE_WORKER' AND NOT EXISTS (
        SELECT 1 FROM care_workers w
        WHERE w.id = NEW.worker_id AND w.organization_id = NEW.organization_id
          AND w.resident_id = NEW.worker_resident_id
          AND daterange(w.started_on, w.ended_on, '[]') @> daterange(first, last, '[]')) THEN
        PERFORM sanshe_refuse('CARE_WORKER_NOT_OF_PROVIDER', '该护理人员在计划日不在承接机构任职',
            'this care worker does not work for the provider on the planned day');
    END IF;
    PERFORM refuse_unmet(unmet_requirement(
        (SELECT o.line FROM orders o WHERE o.id = NEW.order_id), NEW.organization_id,
        NEW.worker_kind, NEW.worker_id, first, last));
    RETURN NEW;
END
$$;
CREATE TRIGGER visits_licensed BEFORE INSERT OR UPDATE ON visits
    FOR EACH ROW EXECUTE FUNCTION visits_licensed();
