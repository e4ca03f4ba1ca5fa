-- 双创培育孵化中心 (A35–A37, A40): the centre of a community, satellite bases
-- around it, who runs it, and what an inspection found in it.
CREATE TABLE incubation_centres (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL,
    division_code text NOT NULL CONSTRAINT incubation_centre_division CHECK
                  (division_code ~ '^[1-9][0-9]{11}$' AND right(division_code, 3) <> '000'),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind          text NOT NULL CHECK (kind IN ('MAIN', 'SATELLITE')),
    parent_id     uuid REFERENCES incubation_centres (id),
    area_m2       integer NOT NULL CONSTRAINT incubation_centre_area CHECK (area_m2 BETWEEN 1 AND 1000000),
    state         text NOT NULL CHECK (state IN ('PLANNED', 'OPEN', 'CLOSED')),
    opened_on     date,
    closed_on     date,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT incubation_centre_parent CHECK ((kind = 'SATELLITE') = (parent_id IS NOT NULL)),
    CONSTRAINT incubation_centre_days CHECK (CASE state
        WHEN 'PLANNED' THEN num_nonnulls(opened_on, closed_on) = 0
        WHEN 'OPEN' THEN opened_on IS NOT NULL AND closed_on IS NULL
        ELSE closed_on IS NOT NULL END)
);
CREATE UNIQUE INDEX incubation_centre_exists ON incubation_centres (community_id)
    WHERE state <> 'CLOSED';
CREATE INDEX incubation_centres_by_division ON incubation_centres (division_code text_pattern_ops, id);
CREATE INDEX incubation_centres_below ON incubation_centres (parent_id) WHERE parent_id IS NOT NULL;
REVOKE DELETE ON incubation_centres FROM sanshe_app;
INSERT INTO state_transitions VALUES
    ('incubation_centre', 'PLANNED', 'OPEN'), ('incubation_centre', 'PLANNED', 'CLOSED'),
    ('incubation_centre', 'OPEN', 'CLOSED');
CREATE TRIGGER incubation_centres_state BEFORE INSERT OR UPDATE ON incubation_centres
    FOR EACH ROW EXECUTE FUNCTION state_guard('incubation_centre', 'PLANNED');

-- 现场核查. What is there is looked at again and again; the last look counts.
CREATE TABLE facility_checks (
    id         uuid PRIMARY KEY,
    centre_id  uuid NOT NULL REFERENCES incubation_centres (id),
    item       text NOT NULL CHECK (item IN
               ('GENERAL_SUPPORT', 'CAPACITY_BUILDING', 'PROFESSIONAL_SERVICE',
                'FIXED_PREMISES', 'SIGN', 'BOARDS')),
    passed     boolean NOT NULL,
    evidence   text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 1000),
    -- What can be seen is shown.
    photos     text[] NOT NULL CONSTRAINT facility_photos CHECK (cardinality(photos) <= 20),
    checked_on date NOT NULL,
    checked_by text NOT NULL,
    created_at timestamptz NOT NULL,
    position   bigint GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT facility_photo_missing CHECK
        (NOT passed OR item NOT IN ('FIXED_PREMISES', 'SIGN', 'BOARDS') OR cardinality(photos) >= 1)
);
CREATE INDEX facility_checks_of ON facility_checks (centre_id, item, position DESC);
CREATE TRIGGER facility_checks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON facility_checks
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON facility_checks FROM sanshe_app;

-- How many of the six are there, by the last look at each.
CREATE FUNCTION facilities_passed(of_centre uuid) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT count(*)::integer FROM (
        SELECT DISTINCT ON (item) passed FROM facility_checks
        WHERE centre_id = of_centre ORDER BY item, position DESC) AS last WHERE last.passed
$$;

-- 委托运营. One operator at a time, and no day without one between two.
CREATE TABLE operation_mandates (
    id                uuid PRIMARY KEY,
    centre_id         uuid NOT NULL REFERENCES incubation_centres (id),
    operator_id       uuid NOT NULL CONSTRAINT mandate_operator REFERENCES organizations (id),
    -- Where it runs the centre as the city's service centre.
    service_centre_id uuid REFERENCES service_centres (id),
    valid_from        date NOT NULL,
    valid_to          date NOT NULL,
    document          text NOT NULL CHECK (length(document) BETWEEN 1 AND 200),
    granted_by        text NOT NULL,
    granted_at        timestamptz NOT NULL,
    end_reason        text CHECK (length(end_reason) BETWEEN 1 AND 500),
    version           integer NOT NULL DEFAULT 1,
    CONSTRAINT mandate_days CHECK (valid_to >= valid_from),
    CONSTRAINT mandate_overlap EXCLUDE USING gist
        (centre_id WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
);
CREATE INDEX operation_mandates_of ON operation_mandates (operator_id, valid_to);
REVOKE UPDATE, DELETE ON operation_mandates FROM sanshe_app;
GRANT UPDATE (valid_to, end_reason, version) ON operation_mandates TO sanshe_app;
CREATE TRIGGER operation_mandates_stay BEFORE DELETE OR TRUNCATE ON operation_mandates
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE FUNCTION operation_mandates_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    centre incubation_centres%ROWTYPE;
    body organizations%ROWTYPE;
    last_day date;
BEGIN
    SELECT * INTO centre FROM incubation_centres WHERE id = NEW.centre_id FOR UPDATE;
    IF TG_OP = 'UPDATE' THEN
        IF (to_jsonb(NEW) - '{valid_to,end_reason,version}'::text[])
              <> (to_jsonb(OLD) - '{valid_to,end_reason,version}'::text[])
           OR NEW.valid_to > OLD.valid_to OR NEW.end_reason IS NULL THEN
            PERFORM sanshe_refuse('MANDATE_FIXED', '委托运营只能说明理由后提前终止',
                'a mandate can only be ended sooner, with a reason');
        END IF;
        IF EXISTS (SELECT 1 FROM operation_mandates m
                   WHERE m.centre_id = NEW.centre_id AND m.valid_from > OLD.valid_to) THEN
            PERFORM sanshe_refuse('MANDATE_GAP', '已有后续运营单位,提前终止将出现空档',
                'another mandate follows; ending this one would leave a gap');
        END IF;
        RETURN NEW;
    END IF;
    SELECT max(valid_to) INTO last_day FROM operation_mandates WHERE centre_id = NEW.centre_id;
    IF NEW.valid_from <= last_day THEN
        -- The exclusion says so as well; said here first, with a sentence.
        PERFORM sanshe_refuse('MANDATE_OVERLAP', format('现有运营委托至 %s,不能重叠', last_day),
            format('a mandate runs until %s; two cannot overlap', last_day));
    ELSIF NEW.valid_from > last_day + 1 THEN
        PERFORM sanshe_refuse('MANDATE_GAP', format('上一运营委托至 %s,须自次日起衔接', last_day),
            format('the mandate before ends on %s; the next begins the day after', last_day));
    END IF;
    SELECT * INTO body FROM organizations WHERE id = NEW.operator_id FOR SHARE;
    IF body.status <> 'REGISTERED' THEN
        PERFORM sanshe_refuse('OPERATOR_STANDING', '运营单位须为已登记且未列入异常名录的组织',
            'an operator is a registered organisation that is not on the abnormal list');
    END IF;
    IF NEW.service_centre_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM service_centres s
        WHERE s.id = NEW.service_centre_id AND s.organization_id = NEW.operator_id
          AND s.level = 'CITY' AND s.closed_on IS NULL
          AND starts_with(centre.division_code, division_prefix(s.division_code))) THEN
        PERFORM sanshe_refuse('OPERATOR_CENTRE', '须为所在市的社会服务中心及其主体组织',
            'it is the service centre of the city, and the organisation that is its body');
    END IF;
    -- 试点期间,省级社会组织和市级社会服务中心负责运营.
    IF NEW.service_centre_id IS NULL AND right(body.registrar_division, 10) <> '0000000000'
       AND EXISTS (SELECT 1 FROM pilot_sites p
                   WHERE p.community_id = centre.community_id AND p.active) THEN
        PERFORM sanshe_refuse('OPERATOR_OF_PILOT', '试点期间须由省级社会组织或市级社会服务中心运营',
            'during the pilot a centre is run by an organisation of the province or the city''s service centre');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER operation_mandates_guard BEFORE INSERT OR UPDATE ON operation_mandates
    FOR EACH ROW EXECUTE FUNCTION operation_mandates_guard();

-- Who runs a centre on a day; nobody is NULL.
CREATE FUNCTION centre_operator(of_centre uuid, on_day date) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT operator_id FROM operation_mandates
    WHERE centre_id = of_centre AND on_day BETWEEN valid_from AND valid_to
$$;

CREATE FUNCTION incubation_centres_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.parent_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM incubation_centres p
        WHERE p.id = NEW.parent_id AND p.kind = 'MAIN' AND p.state = 'OPEN') THEN
        IF TG_OP = 'INSERT' THEN
            PERFORM sanshe_refuse('CENTRE_PARENT', '孵化基地须由已开放的孵化中心带动',
                'a satellite base belongs to an open centre');
        END IF;
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.community_id, NEW.division_code, NEW.kind, NEW.parent_id, NEW.created_at)
       IS DISTINCT FROM
       (OLD.id, OLD.community_id, OLD.division_code, OLD.kind, OLD.parent_id, OLD.created_at) THEN
        PERFORM sanshe_refuse('CENTRE_FIXED', '孵化中心的社区和类别不可更改',
            'community and kind of a centre never change');
    END IF;
    IF NEW.state = 'OPEN' AND OLD.state <> 'OPEN' THEN
        IF facilities_passed(NEW.id) < 6 THEN
            PERFORM sanshe_refuse('CHECKLIST_INCOMPLETE',
                '三项基本功能、固定场所、标识和制度图板须全部核查通过方可开放',
                'a centre opens when its three functions, premises, sign and boards have all passed');
        END IF;
        IF centre_operator(NEW.id, NEW.opened_on) IS NULL THEN
            PERFORM sanshe_refuse('OPERATOR_MISSING', '开放之日须有运营单位',
                'somebody has to run the centre on the day it opens');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER incubation_centres_guard BEFORE INSERT OR UPDATE ON incubation_centres
    FOR EACH ROW EXECUTE FUNCTION incubation_centres_guard();
