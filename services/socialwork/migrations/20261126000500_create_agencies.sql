-- 社工服务机构 (A49): introduced for the elderly, in four lines of service, once
-- a check has found it qualified. What it sends people for lies within that.
CREATE TABLE agencies (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    lines           text[] NOT NULL CHECK (cardinality(lines) >= 1 AND lines <@
                        ARRAY['HEALTH', 'COMFORT', 'SUPPORT', 'INFORMATION']),
    introduction    text NOT NULL CHECK (length(introduction) BETWEEN 1 AND 1000),
    state           text NOT NULL CHECK (state IN ('APPLIED', 'QUALIFIED', 'SUSPENDED', 'ENDED')),
    reason          text CHECK (length(reason) BETWEEN 1 AND 500),
    version         integer NOT NULL DEFAULT 1,
    applied_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT agency_reason CHECK (state NOT IN ('SUSPENDED', 'ENDED') OR reason IS NOT NULL)
);
-- One standing of an organisation in a division.
CREATE UNIQUE INDEX agency_exists ON agencies (organization_id, division_code) WHERE state <> 'ENDED';
CREATE INDEX agencies_by_division ON agencies (division_code text_pattern_ops, id);
CREATE INDEX agencies_by_organization ON agencies (organization_id, id);

CREATE TABLE agency_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO agency_transitions VALUES
    ('APPLIED', 'QUALIFIED'), ('APPLIED', 'ENDED'), ('QUALIFIED', 'SUSPENDED'), ('QUALIFIED', 'ENDED'),
    ('SUSPENDED', 'QUALIFIED'), ('SUSPENDED', 'ENDED');
REVOKE INSERT, UPDATE, DELETE ON agency_transitions FROM sanshe_app;

-- 资质核查. What was found on a day, passed or not; never changed.
CREATE TABLE agency_checks (
    id             uuid PRIMARY KEY,
    agency_id      uuid NOT NULL REFERENCES agencies (id),
    registered     boolean NOT NULL,
    workers        integer NOT NULL CHECK (workers >= 0),
    workers_needed integer NOT NULL CHECK (workers_needed >= 0),
    passed         boolean NOT NULL,
    note           text NOT NULL CHECK (length(note) BETWEEN 1 AND 500),
    valid          daterange,
    checked_by     text NOT NULL CHECK (checked_by <> ''),
    checked_at     timestamptz NOT NULL,
    CONSTRAINT agency_check_true CHECK (passed = (registered AND workers >= workers_needed)),
    CONSTRAINT agency_check_valid CHECK (
        passed = (valid IS NOT NULL) AND NOT isempty(valid) AND lower(valid) = sw_day(checked_at) AND NOT upper_inf(valid))
);
CREATE INDEX agency_checks_by_agency ON agency_checks (agency_id, id DESC);
CREATE FUNCTION agency_checks_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agency agencies;
    found  bigint;
BEGIN
    SELECT * INTO agency FROM agencies WHERE id = NEW.agency_id;
    SELECT count(*) INTO found FROM social_workers w
    WHERE w.employer_organization_id = agency.organization_id AND w.active;
    IF NEW.workers <> found OR NEW.workers_needed <>
       sw_parameter('sw.agency.least_workers', agency.division_code, sw_day(NEW.checked_at)) THEN
        PERFORM sanshe_refuse('AGENCY_CHECK_UNTRUE', '核查结果与登记的社会工作者人数或规定不符',
            'the check differs from the register of social workers or from the rule');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER agency_checks_guard BEFORE INSERT ON agency_checks
    FOR EACH ROW EXECUTE FUNCTION agency_checks_guard();
CREATE TRIGGER agency_checks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agency_checks
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON agency_checks FROM sanshe_app;

CREATE FUNCTION agencies_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'APPLIED' THEN
            PERFORM sanshe_refuse('AGENCY_STATE', '机构须从申请开始', 'an agency begins as APPLIED');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.organization_id, NEW.division_code, NEW.applied_at)
       IS DISTINCT FROM (OLD.organization_id, OLD.division_code, OLD.applied_at) THEN
        PERFORM sanshe_refuse('AGENCY_ORIGIN', '机构的组织与区划不可更改', 'an agency keeps its organisation and division');
    END IF;
    PERFORM sw_check_move('agency_transitions', 'AGENCY_STATE', OLD.state, NEW.state);
    IF NEW.state = 'QUALIFIED' AND OLD.state <> 'QUALIFIED' AND NOT EXISTS (
        SELECT 1 FROM (SELECT passed, valid FROM agency_checks c WHERE c.agency_id = NEW.id
                       ORDER BY c.id DESC LIMIT 1) AS newest
        WHERE passed AND valid @> sw_day(NEW.updated_at)) THEN
        PERFORM sanshe_refuse('AGENCY_NOT_QUALIFIED', '没有在有效期内的合格核查', 'no check in force has found the agency qualified');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER agencies_guard BEFORE INSERT OR UPDATE ON agencies
    FOR EACH ROW EXECUTE FUNCTION agencies_guard();

-- 派驻. An agency sends one of its own to a community, within its lines.
CREATE TABLE dispatches (
    id               uuid PRIMARY KEY,
    agency_id        uuid NOT NULL REFERENCES agencies (id),
    social_worker_id uuid NOT NULL REFERENCES social_workers (id),
    community_id     uuid NOT NULL,
    lines            text[] NOT NULL CHECK (cardinality(lines) >= 1),
    period           daterange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period)),
    dispatched_by    text NOT NULL CHECK (dispatched_by <> ''),
    dispatched_at    timestamptz NOT NULL,
    CONSTRAINT dispatch_overlap EXCLUDE USING gist
        (social_worker_id WITH =, community_id WITH =, period WITH &&)
);
CREATE INDEX dispatches_by_agency ON dispatches (agency_id, id);
CREATE INDEX dispatches_by_community ON dispatches (community_id, id);
CREATE FUNCTION dispatches_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agency agencies;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - 'period' <> to_jsonb(OLD) - 'period' OR lower(NEW.period) <> lower(OLD.period)
           OR NOT NEW.period <@ OLD.period THEN
            PERFORM sanshe_refuse('DISPATCH_FIXED', '派驻只能提前结束', 'a dispatch only ends, earlier');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO agency FROM agencies WHERE id = NEW.agency_id FOR SHARE;
    IF agency.state <> 'QUALIFIED' OR NOT EXISTS (
        SELECT 1 FROM agency_checks c WHERE c.agency_id = agency.id AND c.passed AND c.valid @> lower(NEW.period)) THEN
        PERFORM sanshe_refuse('AGENCY_NOT_QUALIFIED', '机构资质未在有效期内,不能派驻', 'the agency is not qualified on that day');
    ELSIF NOT NEW.lines <@ agency.lines THEN
        PERFORM sanshe_refuse('DISPATCH_OTHER_LINE', '超出机构核准的服务类别', 'the agency does not offer this line of service');
    ELSIF NOT EXISTS (SELECT 1 FROM social_workers w WHERE w.id = NEW.social_worker_id AND w.active
                      AND w.employer_organization_id = agency.organization_id) THEN
        PERFORM sanshe_refuse('DISPATCH_OTHER_EMPLOYER', '只能派驻本机构在岗的社会工作者',
            'an agency sends social workers it employs, and who serve');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER dispatches_guard BEFORE INSERT OR UPDATE ON dispatches
    FOR EACH ROW EXECUTE FUNCTION dispatches_guard();
REVOKE DELETE ON agencies, dispatches FROM sanshe_app;

INSERT INTO policy_parameters (key, division, value, unit, effective, source) VALUES
    ('sw.agency.least_workers', '', 2, 'social workers', '[2009-01-01,)',
     '《三社联动试点工作实施方案》四(三):优先发展具有一定资质的社工服务机构;人数为示范默认值,待市级文件核定'),
    ('sw.agency.valid_months', '', 12, 'months', '[2009-01-01,)', '示范默认值,待市级文件核定');
