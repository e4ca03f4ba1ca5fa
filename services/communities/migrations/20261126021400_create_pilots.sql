-- 试点 (A13–A16, SM-1, section 五) and the five guarantees (A4). What a pilot must
-- show is data with its source; the gate stands in the database.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('com.pilot.min_service_area', 500, 'square metres', '[2018-01-01,)', '示范默认值(方案原文为 xxx 平方米),待市级文件核定'),
    ('com.pilot.min_per_urban_district', 2, 'communities', '[2018-01-01,)', '示范默认值(方案原文为 x 个),待市级文件核定'),
    ('com.pilot.min_per_county', 1, 'communities', '[2018-01-01,)', '示范默认值(方案原文为 x 个),待市级文件核定');

CREATE TABLE pilot_criteria (
    code      text NOT NULL CHECK (code ~ '^[A-Z_]{1,40}$'),
    title     text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    title_en  text NOT NULL CHECK (length(title_en) BETWEEN 1 AND 200),
    facility  boolean NOT NULL,
    attestor  text NOT NULL CHECK (attestor IN ('COMMUNITY', 'COUNTY', 'CITY')),
    effective daterange NOT NULL CHECK (NOT isempty(effective)),
    source    text NOT NULL CHECK (source <> ''),
    CONSTRAINT pilot_criterion_overlap EXCLUDE USING gist (code WITH =, effective WITH &&)
);
REVOKE INSERT, UPDATE, DELETE ON pilot_criteria FROM sanshe_app;
INSERT INTO pilot_criteria
SELECT code, title, title_en, facility, attestor, '[2018-01-01,)', '三社联动试点工作实施方案 五、试点社区遴选标准'
FROM (VALUES
    ('GOVERNMENT_SUPPORT', '县(市)区委、政府支持', 'Supported by the Party committee and government of the county or district', false, 'COUNTY'),
    ('CIVIL_AFFAIRS_RECOMMENDATION', '县(市)区民政局推荐', 'Recommended by the civil affairs bureau of the county or district', false, 'COUNTY'),
    ('UNITED_COMMITTEES', '社区“两委”班子团结', 'The two committees are united', false, 'COUNTY'),
    ('INNOVATIVE', '具有一定开拓创新能力', 'Able to break new ground', false, 'COUNTY'),
    ('MASS_BASE', '社区工作、群众基础较好', 'Good work and support among residents', false, 'COUNTY'),
    ('DAY_CARE_ROOM', '设置日间照料室', 'A day-care room', true, 'COMMUNITY'),
    ('ACTIVITY_ROOM', '设置活动室', 'An activity room', true, 'COMMUNITY'),
    ('SOCIAL_WORK_ROOM', '设置社工室', 'A social work room', true, 'COMMUNITY'),
    ('CULTURE_WALL', '按照市级要求设计符合本社区特点的文化墙体', 'A culture wall to the city''s requirement, with features of its own', true, 'COMMUNITY'),
    ('STAFF_MOBILISED', '能动员全社区工作力量支持社会组织', 'All staff are mobilised to support social organisations', false, 'COMMUNITY')
) AS criteria (code, title, title_en, facility, attestor);

CREATE TABLE pilots (
    id                uuid PRIMARY KEY,
    community_id      uuid NOT NULL REFERENCES communities (id),
    division_code     text NOT NULL,
    reason            text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
    drafted_by        text NOT NULL,
    created_at        timestamptz NOT NULL,
    state             text NOT NULL,
    county_document   text CHECK (length(county_document) BETWEEN 1 AND 200),
    recommended_by    text,
    batch             integer CHECK (batch IN (1, 2)),
    approval_document text CHECK (length(approval_document) BETWEEN 1 AND 200),
    approved_by       text,
    approved_at       timestamptz,
    note              text CHECK (length(note) BETWEEN 1 AND 1000),
    updated_at        timestamptz NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    CONSTRAINT pilot_recommended CHECK (state IN ('DRAFTED', 'EXITED')
        OR (county_document IS NOT NULL AND recommended_by IS NOT NULL)),
    CONSTRAINT pilot_approval CHECK ((approved_at IS NULL) = (batch IS NULL)
        AND (approved_at IS NULL) = (approval_document IS NULL) AND (approved_at IS NULL) = (approved_by IS NULL)),
    CONSTRAINT pilot_approved CHECK (approved_at IS NOT NULL
        OR state IN ('DRAFTED', 'COUNTY_RECOMMENDED', 'CITY_REVIEW', 'RETURNED', 'EXITED')),
    CONSTRAINT pilot_noted CHECK (state NOT IN ('RETURNED', 'SUSPENDED', 'EXITED') OR note IS NOT NULL),
    CONSTRAINT pilot_approved_by_another CHECK (approved_by <> recommended_by)
);
CREATE UNIQUE INDEX pilot_of_community ON pilots (community_id) WHERE state <> 'EXITED';
CREATE INDEX pilots_by_division ON pilots (division_code text_pattern_ops, id);

INSERT INTO state_moves VALUES
    ('pilot', '', 'DRAFTED'),
    ('pilot', 'DRAFTED', 'COUNTY_RECOMMENDED'),
    ('pilot', 'COUNTY_RECOMMENDED', 'CITY_REVIEW'),
    ('pilot', 'CITY_REVIEW', 'RETURNED'),
    ('pilot', 'RETURNED', 'COUNTY_RECOMMENDED'),
    ('pilot', 'CITY_REVIEW', 'APPROVED'),
    ('pilot', 'APPROVED', 'BUILDING'),
    ('pilot', 'APPROVED', 'OPERATING'),
    ('pilot', 'BUILDING', 'OPERATING'),
    ('pilot', 'OPERATING', 'ASSESSED'),
    ('pilot', 'ASSESSED', 'OPERATING'),
    ('pilot', 'ASSESSED', 'DEMONSTRATION'),
    ('pilot', 'BUILDING', 'SUSPENDED'),
    ('pilot', 'OPERATING', 'SUSPENDED'),
    ('pilot', 'DEMONSTRATION', 'SUSPENDED'),
    ('pilot', 'SUSPENDED', 'BUILDING'),
    ('pilot', 'SUSPENDED', 'OPERATING'),
    ('pilot', 'DRAFTED', 'EXITED'),
    ('pilot', 'COUNTY_RECOMMENDED', 'EXITED'),
    ('pilot', 'CITY_REVIEW', 'EXITED'),
    ('pilot', 'RETURNED', 'EXITED'),
    ('pilot', 'APPROVED', 'EXITED'),
    ('pilot', 'BUILDING', 'EXITED'),
    ('pilot', 'OPERATING', 'EXITED'),
    ('pilot', 'ASSESSED', 'EXITED'),
    ('pilot', 'DEMONSTRATION', 'EXITED'),
    ('pilot', 'SUSPENDED', 'EXITED');

-- What was shown for a criterion; the newest counts, the others stay.
CREATE TABLE pilot_evidence (
    id          uuid PRIMARY KEY,
    pilot_id    uuid NOT NULL REFERENCES pilots (id),
    criterion   text NOT NULL,
    status      text NOT NULL CHECK (status IN ('MET', 'UNDER_CONSTRUCTION', 'NOT_MET')),
    evidence    text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 1000),
    document    text CHECK (length(document) BETWEEN 1 AND 200),
    attestor    text NOT NULL CHECK (attestor IN ('COMMUNITY', 'COUNTY', 'CITY')),
    attested_by text NOT NULL,
    attested_at timestamptz NOT NULL
);
CREATE INDEX pilot_evidence_by_pilot ON pilot_evidence (pilot_id, criterion, id);
CREATE FUNCTION attestor_rank(attestor text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE attestor WHEN 'COMMUNITY' THEN 1 WHEN 'COUNTY' THEN 2 WHEN 'CITY' THEN 3 END
$$;
CREATE FUNCTION pilot_evidence_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE asked pilot_criteria%ROWTYPE;
BEGIN
    SELECT * INTO asked FROM pilot_criteria c
    WHERE c.code = NEW.criterion AND c.effective @> china_day(NEW.attested_at);
    IF NOT FOUND THEN
        PERFORM sanshe_refuse('PILOT_CRITERION', '没有这项现行遴选标准', 'no criterion of this code is in force');
    END IF;
    IF NEW.status = 'UNDER_CONSTRUCTION' AND NOT asked.facility THEN
        PERFORM sanshe_refuse('PILOT_NOT_A_FACILITY', '只有设施类标准可以“在建”', 'only a facility can be under construction');
    END IF;
    IF attestor_rank(NEW.attestor) < attestor_rank(asked.attestor) THEN
        PERFORM sanshe_refuse('PILOT_ATTESTOR', '该项标准须由更高一级证明', 'this criterion is attested at a higher level');
    END IF;
    IF EXISTS (SELECT 1 FROM pilots p WHERE p.id = NEW.pilot_id AND p.state = 'EXITED') THEN
        PERFORM sanshe_refuse('PILOT_STATE', '试点已经退出', 'the pilot has ended');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pilot_evidence_guard BEFORE INSERT ON pilot_evidence
    FOR EACH ROW EXECUTE FUNCTION pilot_evidence_guard();

-- 示范典型 (A16): four tests, all of which a demonstration passes.
CREATE TABLE pilot_assessments (
    id          uuid PRIMARY KEY,
    pilot_id    uuid NOT NULL REFERENCES pilots (id),
    mechanism   boolean NOT NULL,
    orderly     boolean NOT NULL,
    satisfied   boolean NOT NULL,
    replicable  boolean NOT NULL,
    evidence    text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 2000),
    assessed_by text NOT NULL,
    assessed_at timestamptz NOT NULL
);
CREATE INDEX pilot_assessments_by_pilot ON pilot_assessments (pilot_id, id);

-- 五项保障 (A4): red, amber or green, with its grounds.
CREATE TABLE pilot_guarantees (
    id        uuid PRIMARY KEY,
    pilot_id  uuid NOT NULL REFERENCES pilots (id),
    guarantee text NOT NULL CHECK (guarantee IN ('INSTITUTION', 'FUNDING', 'CAPACITY', 'EVALUATION', 'SUPERVISION')),
    status    text NOT NULL CHECK (status IN ('RED', 'AMBER', 'GREEN')),
    grounds   text NOT NULL CHECK (length(grounds) BETWEEN 1 AND 1000),
    document  text CHECK (length(document) BETWEEN 1 AND 200),
    stated_by text NOT NULL,
    stated_at timestamptz NOT NULL
);
CREATE INDEX pilot_guarantees_by_pilot ON pilot_guarantees (pilot_id, guarantee, id);

CREATE TRIGGER pilot_evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pilot_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER pilot_assessments_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pilot_assessments
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER pilot_guarantees_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pilot_guarantees
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON pilot_evidence, pilot_assessments, pilot_guarantees FROM sanshe_app;

-- The criteria that a pilot does not meet on a day; 'building' lets facilities
-- be under construction.
CREATE FUNCTION pilot_gaps(pilot uuid, day date, building boolean) RETURNS SETOF text
LANGUAGE sql STABLE AS $$
    SELECT c.code FROM pilot_criteria c
    LEFT JOIN LATERAL (
        SELECT e.status FROM pilot_evidence e
        WHERE e.pilot_id = pilot AND e.criterion = c.code ORDER BY e.id DESC LIMIT 1) AS shown ON true
    WHERE c.effective @> day
      AND NOT coalesce(shown.status = 'MET' OR (building AND c.facility AND shown.status = 'UNDER_CONSTRUCTION'), false)
    ORDER BY c.code
$$;

CREATE FUNCTION pilots_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day date := china_day(NEW.updated_at);
    gaps text;
    area integer;
    newest pilot_assessments%ROWTYPE;
BEGIN
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF OLD.approved_at IS NOT NULL
       AND (NEW.batch, NEW.approval_document, NEW.approved_by, NEW.approved_at)
           IS DISTINCT FROM (OLD.batch, OLD.approval_document, OLD.approved_by, OLD.approved_at) THEN
        PERFORM sanshe_refuse('PILOT_ORIGIN', '批准情况不可更改', 'an approval never changes');
    END IF;
    IF NEW.state IN ('APPROVED', 'OPERATING') THEN
        SELECT string_agg(gap, ', ') INTO gaps
        FROM pilot_gaps(NEW.id, day, NEW.state = 'APPROVED' AND NEW.batch = 2) AS gap;
        IF gaps IS NOT NULL THEN
            PERFORM sanshe_refuse('PILOT_GATE', format('尚未达到的遴选标准:%s', gaps),
                format('criteria that are not met: %s', gaps));
        END IF;
        SELECT service_area_m2 INTO area FROM communities WHERE id = NEW.community_id;
        IF area < policy_number('com.pilot.min_service_area', NEW.division_code, day) THEN
            PERFORM sanshe_refuse('PILOT_AREA', '服务面积低于规定', 'the service area is below the rule');
        END IF;
    END IF;
    IF NEW.state = 'BUILDING' AND NEW.batch = 1 THEN
        PERFORM sanshe_refuse('PILOT_BATCH', '第一批试点须设施齐备,直接运行', 'a pilot of the first batch has its facilities and operates');
    END IF;
    SELECT * INTO newest FROM pilot_assessments a WHERE a.pilot_id = NEW.id ORDER BY a.id DESC LIMIT 1;
    IF NEW.state = 'ASSESSED' AND (newest.id IS NULL OR newest.assessed_at < OLD.updated_at) THEN
        PERFORM sanshe_refuse('PILOT_NOT_ASSESSED', '没有本次评估记录', 'there is no assessment of this time');
    END IF;
    IF NEW.state = 'DEMONSTRATION'
       AND NOT coalesce(newest.mechanism AND newest.orderly AND newest.satisfied AND newest.replicable, false) THEN
        PERFORM sanshe_refuse('PILOT_NOT_EXEMPLARY', '四项标准全部达到才能成为示范社区',
            'a demonstration passes all four tests');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pilots_guard BEFORE UPDATE ON pilots FOR EACH ROW EXECUTE FUNCTION pilots_guard();
CREATE TRIGGER pilots_origin BEFORE UPDATE ON pilots
    FOR EACH ROW EXECUTE FUNCTION origin_guard('pilot', 'community_id', 'division_code', 'reason', 'drafted_by', 'created_at');
CREATE TRIGGER pilots_state BEFORE INSERT OR UPDATE ON pilots
    FOR EACH ROW EXECUTE FUNCTION state_guard('pilot');
REVOKE DELETE ON pilots FROM sanshe_app;

-- 一社一品 (A13): one active brand per community.
CREATE TABLE community_brands (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    theme         text NOT NULL CHECK (length(theme) BETWEEN 1 AND 100),
    evidence      text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 2000),
    declared_by   text NOT NULL,
    declared_at   timestamptz NOT NULL,
    retired_at    timestamptz CHECK (retired_at >= declared_at),
    version       integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX community_brand_active ON community_brands (community_id) WHERE retired_at IS NULL;
CREATE INDEX community_brands_by_division ON community_brands (division_code text_pattern_ops, id);
CREATE TRIGGER community_brands_origin BEFORE UPDATE ON community_brands
    FOR EACH ROW EXECUTE FUNCTION origin_guard('brand', 'community_id', 'division_code', 'theme', 'evidence', 'declared_by', 'declared_at');
REVOKE DELETE ON community_brands FROM sanshe_app;
