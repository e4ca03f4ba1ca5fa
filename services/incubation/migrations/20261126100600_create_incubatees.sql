-- 入孵组织 (A38–A42, SM-4): from application to 出壳, or to the day the room is
-- given back. Numbers of the rules are parameters.

INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('inc.incubatee.reviewers', 3, 'advisers', '[2015-01-01,)', '示范默认值,待市级文件核定'),
    ('inc.incubatee.pass', 60, 'points', '[2015-01-01,)', '示范默认值,待市级文件核定'),
    ('inc.incubatee.priority', 10, 'points', '[2015-01-01,)',
     '《关于开展“三社联动”试点工作实施方案》四(二):重点培育扶持枢纽类、社会服务类、公益慈善类;加分值为示范默认值,待市级文件核定'),
    ('inc.incubatee.term', 12, 'months', '[2015-01-01,)', '示范默认值,待市级文件核定'),
    ('inc.incubatee.extension', 6, 'months', '[2015-01-01,)', '示范默认值,待市级文件核定'),
    ('inc.incubatee.extensions', 1, 'times', '[2015-01-01,)', '示范默认值,待市级文件核定'),
    ('inc.incubatee.growth', 70, 'points', '[2015-01-01,)', '示范默认值,待市级文件核定'),
    ('inc.incubatee.handover', 15, 'working days', '[2015-01-01,)',
     '深圳市龙华区社会组织孵化实践:退出孵化后15个工作日内办理移交;待市级文件核定'),
    ('incubation.min_elder_orgs', 1, 'organizations', '[2015-01-01,)',
     '《关于开展“三社联动”试点工作实施方案》四(二):孵化中心至少培育扶持或引入x个可独立承接居家养老服务项目的组织;x为示范默认值,待市级文件核定');

CREATE TABLE incubatees (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    centre_id       uuid NOT NULL REFERENCES incubation_centres (id),
    division_code   text NOT NULL,
    state           text NOT NULL,
    stage           text CHECK (stage IN ('SEED', 'START', 'GROWTH')),
    goal            text NOT NULL CHECK (length(goal) BETWEEN 1 AND 1000),
    -- What its kind adds to the review, by the number in force on the day.
    priority_points integer NOT NULL CHECK (priority_points BETWEEN 0 AND 100),
    applied_on      date NOT NULL,
    review_total    integer,
    agreement_from  date,
    agreement_to    date,
    extensions      integer NOT NULL DEFAULT 0,
    started_on      date,
    graduated_on    date,
    ended_on        date,
    -- The last day to hand the room over.
    vacate_due      date,
    vacated_on      date,
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT incubatee_agreement CHECK
        (num_nonnulls(agreement_from, agreement_to) IN (0, 2) AND agreement_to >= agreement_from),
    CONSTRAINT incubatee_signed CHECK (agreement_to IS NOT NULL OR state IN
        ('APPLIED', 'SCREENED', 'REVIEWED', 'REJECTED', 'WITHDRAWN')),
    CONSTRAINT incubatee_stage CHECK ((stage IS NOT NULL AND started_on IS NOT NULL) =
        (state IN ('INCUBATING', 'EXTENDED', 'GRADUATED', 'TRACKED', 'TERMINATED', 'VACATED'))),
    CONSTRAINT incubatee_graduated CHECK
        ((graduated_on IS NOT NULL) = (state IN ('GRADUATED', 'TRACKED'))),
    CONSTRAINT incubatee_ended CHECK (num_nonnulls(ended_on, vacate_due) =
        CASE WHEN state IN ('TERMINATED', 'VACATED') THEN 2 ELSE 0 END AND vacate_due >= ended_on),
    CONSTRAINT incubatee_vacated CHECK ((vacated_on IS NOT NULL) = (state = 'VACATED'))
);
-- An organisation is incubated once, unless that came to nothing.
CREATE UNIQUE INDEX incubation_of_organization ON incubatees (organization_id)
    WHERE state NOT IN ('REJECTED', 'WITHDRAWN', 'TERMINATED', 'VACATED');
CREATE INDEX incubatees_by_division ON incubatees (division_code text_pattern_ops, id);
CREATE INDEX incubatees_by_centre ON incubatees (centre_id, state);
REVOKE DELETE ON incubatees FROM sanshe_app;
INSERT INTO state_transitions VALUES
    ('incubatee', 'APPLIED', 'SCREENED'), ('incubatee', 'APPLIED', 'REJECTED'),
    ('incubatee', 'APPLIED', 'WITHDRAWN'),
    ('incubatee', 'SCREENED', 'REVIEWED'), ('incubatee', 'SCREENED', 'REJECTED'),
    ('incubatee', 'SCREENED', 'WITHDRAWN'),
    ('incubatee', 'REVIEWED', 'AGREEMENT'), ('incubatee', 'REVIEWED', 'WITHDRAWN'),
    ('incubatee', 'AGREEMENT', 'INCUBATING'), ('incubatee', 'AGREEMENT', 'WITHDRAWN'),
    ('incubatee', 'INCUBATING', 'GRADUATED'), ('incubatee', 'INCUBATING', 'EXTENDED'),
    ('incubatee', 'INCUBATING', 'TERMINATED'),
    ('incubatee', 'EXTENDED', 'GRADUATED'), ('incubatee', 'EXTENDED', 'TERMINATED'),
    ('incubatee', 'GRADUATED', 'TRACKED'), ('incubatee', 'TERMINATED', 'VACATED');
CREATE TRIGGER incubatees_state BEFORE INSERT OR UPDATE ON incubatees
    FOR EACH ROW EXECUTE FUNCTION state_guard('incubatee', 'APPLIED');

-- 评审. One sheet per adviser, by people who are not of the house.
CREATE TABLE incubatee_reviews (
    id           uuid PRIMARY KEY,
    incubatee_id uuid NOT NULL REFERENCES incubatees (id),
    adviser_id   uuid NOT NULL REFERENCES advisers (id),
    score        integer NOT NULL CONSTRAINT review_score CHECK (score BETWEEN 0 AND 100),
    opinion      text NOT NULL CHECK (length(opinion) BETWEEN 1 AND 1000),
    reviewed_on  date NOT NULL,
    reviewed_by  text NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT reviewed_once UNIQUE (incubatee_id, adviser_id)
);
CREATE TRIGGER incubatee_reviews_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON incubatee_reviews
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON incubatee_reviews FROM sanshe_app;

CREATE FUNCTION incubatee_reviews_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one incubatees%ROWTYPE;
    adviser advisers%ROWTYPE;
BEGIN
    SELECT * INTO one FROM incubatees WHERE id = NEW.incubatee_id FOR SHARE;
    SELECT * INTO adviser FROM advisers WHERE id = NEW.adviser_id FOR SHARE;
    IF one.state <> 'SCREENED' THEN
        PERFORM sanshe_refuse('REVIEW_CLOSED', '只有初审通过、尚未评定的申请可以评审',
            'an application is reviewed between screening and decision');
    END IF;
    IF adviser.enrolled_on > NEW.reviewed_on OR adviser.released_on <= NEW.reviewed_on
       OR NOT starts_with(one.division_code, division_prefix(adviser.division_code)) THEN
        PERFORM sanshe_refuse('ADVISER_NOT_IN_POOL', '该顾问当日不在本区划的顾问库中',
            'the adviser was not in the pool of this place on that day');
    END IF;
    -- The applicant, the operator, and the centre that keeps its money.
    IF adviser.employer_id IN (
           SELECT one.organization_id
           UNION ALL SELECT centre_operator(one.centre_id, NEW.reviewed_on)
           UNION ALL SELECT s.organization_id FROM service_centres s
                     WHERE s.division_code = one.division_code AND s.closed_on IS NULL)
       OR EXISTS (SELECT 1 FROM organizations o
                  WHERE o.id = one.organization_id AND adviser.resident_id = ANY (o.related_residents)) THEN
        PERFORM sanshe_refuse('REVIEWER_CONFLICT', '评审人与申请组织、运营单位或社区服务中心有利害关系,须回避',
            'the reviewer belongs to the applicant, the operator or the community''s service centre');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER incubatee_reviews_guard BEFORE INSERT ON incubatee_reviews
    FOR EACH ROW EXECUTE FUNCTION incubatee_reviews_guard();

-- 孵化服务. Three basic and four extended kinds; each time with its evidence.
CREATE TABLE incubation_sessions (
    id           uuid PRIMARY KEY,
    incubatee_id uuid NOT NULL REFERENCES incubatees (id),
    kind         text NOT NULL CHECK (kind IN
                 ('TRAINING', 'INFORMATION', 'PROJECT_SUPPORT',
                  'REGISTRATION', 'CONSULTING', 'RESOURCES', 'GROWTH_ASSESSMENT')),
    held_on      date NOT NULL,
    minutes      integer NOT NULL CONSTRAINT session_minutes CHECK (minutes BETWEEN 1 AND 1440),
    attendees    integer NOT NULL CONSTRAINT session_attendees CHECK (attendees BETWEEN 1 AND 1000),
    topic        text NOT NULL CHECK (length(topic) BETWEEN 1 AND 200),
    adviser_id   uuid REFERENCES advisers (id),
    evidence     text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 1000),
    recorded_by  text NOT NULL,
    created_at   timestamptz NOT NULL
);
CREATE INDEX incubation_sessions_of ON incubation_sessions (incubatee_id, held_on);
CREATE TRIGGER incubation_sessions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON incubation_sessions
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON incubation_sessions FROM sanshe_app;

-- 受益组织确认. A service counts when those who had it say so.
CREATE TABLE session_confirmations (
    session_id   uuid PRIMARY KEY REFERENCES incubation_sessions (id),
    rating       integer NOT NULL CONSTRAINT session_rating CHECK (rating BETWEEN 1 AND 5),
    remark       text CHECK (length(remark) BETWEEN 1 AND 500),
    confirmed_by text NOT NULL,
    confirmed_at timestamptz NOT NULL
);
CREATE TRIGGER session_confirmations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE
    ON session_confirmations FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON session_confirmations FROM sanshe_app;

CREATE FUNCTION session_confirmations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM incubation_sessions s
               WHERE s.id = NEW.session_id AND s.recorded_by = NEW.confirmed_by) THEN
        PERFORM sanshe_refuse('SESSION_OWN_CONFIRMATION', '记录人不能确认自己记录的服务',
            'whoever recorded a service does not confirm it');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER session_confirmations_guard BEFORE INSERT ON session_confirmations
    FOR EACH ROW EXECUTE FUNCTION session_confirmations_guard();

-- 成长评估.
CREATE TABLE growth_scores (
    id           uuid PRIMARY KEY,
    incubatee_id uuid NOT NULL REFERENCES incubatees (id),
    kind         text NOT NULL CHECK (kind IN ('REGULAR', 'MIDTERM', 'FINAL')),
    stage        text NOT NULL CHECK (stage IN ('SEED', 'START', 'GROWTH')),
    score        integer NOT NULL CONSTRAINT growth_score CHECK (score BETWEEN 0 AND 100),
    evidence     text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 1000),
    assessed_on  date NOT NULL,
    assessed_by  text NOT NULL,
    created_at   timestamptz NOT NULL,
    position     bigint GENERATED ALWAYS AS IDENTITY
);
CREATE INDEX growth_scores_of ON growth_scores (incubatee_id, position);
CREATE TRIGGER growth_scores_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON growth_scores
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON growth_scores FROM sanshe_app;

-- Services and scores are of the time of incubation, and not of days to come.
CREATE FUNCTION incubation_days_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one incubatees%ROWTYPE;
    on_day date := coalesce(to_jsonb(NEW) ->> 'held_on', to_jsonb(NEW) ->> 'assessed_on')::date;
BEGIN
    SELECT * INTO one FROM incubatees WHERE id = NEW.incubatee_id FOR SHARE;
    IF one.state NOT IN ('INCUBATING', 'EXTENDED') THEN
        PERFORM sanshe_refuse('NOT_INCUBATING', '该组织当前不在孵化期', 'the organisation is not being incubated');
    END IF;
    IF on_day < one.started_on
       OR on_day > (NEW.created_at AT TIME ZONE 'Asia/Shanghai')::date THEN
        PERFORM sanshe_refuse('DAY_OUTSIDE_INCUBATION', '日期须在入孵之后、今天之前',
            'the day lies between the start of the incubation and today');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER incubation_sessions_guard BEFORE INSERT ON incubation_sessions
    FOR EACH ROW EXECUTE FUNCTION incubation_days_guard();
CREATE TRIGGER growth_scores_guard BEFORE INSERT ON growth_scores
    FOR EACH ROW EXECUTE FUNCTION incubation_days_guard();

CREATE FUNCTION incubatees_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    standing text;
    counted bigint;
    total bigint;
    latest integer;
BEGIN
    SELECT status INTO standing FROM organizations WHERE id = NEW.organization_id FOR SHARE;
    IF TG_OP = 'INSERT' THEN
        IF standing NOT IN ('PREPARING', 'FILED', 'REGISTERED') THEN
            PERFORM sanshe_refuse('ORGANIZATION_NOT_INCUBATED', '异常、撤销或注销的组织不能入孵',
                'an abnormal, revoked or dissolved organisation is not incubated');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM incubation_centres c
                       WHERE c.id = NEW.centre_id AND c.state = 'OPEN'
                         AND c.division_code = NEW.division_code) THEN
            PERFORM sanshe_refuse('CENTRE_NOT_OPEN', '孵化中心尚未开放或已关闭', 'the centre is not open');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.organization_id, NEW.centre_id, NEW.division_code, NEW.goal, NEW.priority_points,
        NEW.applied_on, NEW.created_at) IS DISTINCT FROM
       (OLD.id, OLD.organization_id, OLD.centre_id, OLD.division_code, OLD.goal, OLD.priority_points,
        OLD.applied_on, OLD.created_at)
       OR (OLD.review_total IS NOT NULL AND NEW.review_total IS DISTINCT FROM OLD.review_total)
       OR (OLD.agreement_from IS NOT NULL AND NEW.agreement_from IS DISTINCT FROM OLD.agreement_from)
       OR (OLD.started_on IS NOT NULL AND NEW.started_on IS DISTINCT FROM OLD.started_on) THEN
        PERFORM sanshe_refuse('INCUBATEE_FIXED', '申请、评审结果和协议起始日不可更改',
            'application, result and first day of an agreement never change');
    END IF;
    IF NEW.state = 'REVIEWED' AND OLD.state <> 'REVIEWED' THEN
        SELECT count(*), sum(score) INTO counted, total FROM incubatee_reviews
        WHERE incubatee_id = NEW.id;
        IF counted < parameter_in_force('inc.incubatee.reviewers', NEW.division_code, NEW.applied_on) THEN
            PERFORM sanshe_refuse('REVIEWS_MISSING', '评审人数不足', 'too few advisers have reviewed it');
        END IF;
        IF NEW.review_total IS DISTINCT FROM (total / counted + NEW.priority_points)::integer
           OR NEW.review_total < parameter_in_force('inc.incubatee.pass', NEW.division_code, NEW.applied_on) THEN
            PERFORM sanshe_refuse('REVIEW_BELOW_PASS', '评审得分未达到入孵分数', 'the review is below the mark');
        END IF;
    END IF;
    IF NEW.agreement_to IS DISTINCT FROM OLD.agreement_to THEN
        IF OLD.agreement_to IS NULL THEN
            IF NEW.state <> 'AGREEMENT' OR NEW.agreement_to > NEW.agreement_from + make_interval(months =>
                parameter_in_force('inc.incubatee.term', NEW.division_code, NEW.agreement_from)::integer) THEN
                PERFORM sanshe_refuse('AGREEMENT_TERM', '孵化协议期限超过规定', 'the agreement runs too long');
            END IF;
        ELSIF OLD.state NOT IN ('INCUBATING', 'EXTENDED') OR NEW.state <> 'EXTENDED'
            OR NEW.extensions <> OLD.extensions + 1 OR NEW.agreement_to < OLD.agreement_to
            OR NEW.extensions > parameter_in_force('inc.incubatee.extensions', NEW.division_code, OLD.agreement_to)
            OR NEW.agreement_to > OLD.agreement_to + make_interval(months =>
                parameter_in_force('inc.incubatee.extension', NEW.division_code, OLD.agreement_to)::integer) THEN
            PERFORM sanshe_refuse('EXTENSION_LIMIT', '延期次数或期限超过规定', 'too many extensions, or too long a one');
        END IF;
    END IF;
    IF NEW.stage IS DISTINCT FROM OLD.stage THEN
        IF (OLD.stage, NEW.stage) IS DISTINCT FROM (NULL, 'SEED')
           AND (OLD.stage, NEW.stage) IS DISTINCT FROM ('SEED', 'START')
           AND (OLD.stage, NEW.stage) IS DISTINCT FROM ('START', 'GROWTH') THEN
            PERFORM sanshe_refuse('STAGE_ORDER', '孵化阶段依次为种子、初创、成长', 'stages follow one another');
        END IF;
        IF NEW.stage = 'GROWTH' AND NOT EXISTS (
            SELECT 1 FROM growth_scores g WHERE g.incubatee_id = NEW.id AND g.kind = 'MIDTERM') THEN
            PERFORM sanshe_refuse('MIDTERM_MISSING', '中期评估后方可进入成长阶段',
                'the midterm assessment comes before the growth stage');
        END IF;
    END IF;
    IF NEW.state = 'GRADUATED' AND OLD.state <> 'GRADUATED' THEN
        IF standing NOT IN ('FILED', 'REGISTERED') THEN
            PERFORM sanshe_refuse('GRADUATE_STANDING', '出壳须已登记或备案', 'it has to be registered or filed to graduate');
        END IF;
        SELECT score INTO latest FROM growth_scores
        WHERE incubatee_id = NEW.id AND kind = 'FINAL' ORDER BY position DESC LIMIT 1;
        IF latest IS NULL OR latest < parameter_in_force(
            'inc.incubatee.growth', NEW.division_code, NEW.graduated_on) THEN
            PERFORM sanshe_refuse('GROWTH_BELOW', '成长评估未达到出壳分数', 'the growth score is below the mark');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER incubatees_guard BEFORE INSERT OR UPDATE ON incubatees
    FOR EACH ROW EXECUTE FUNCTION incubatees_guard();

-- A centre does not close over those who are in it.
CREATE FUNCTION incubation_centres_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'CLOSED' AND OLD.state <> 'CLOSED' AND EXISTS (
        SELECT 1 FROM incubatees i WHERE i.centre_id = NEW.id AND i.state IN
        ('APPLIED', 'SCREENED', 'REVIEWED', 'AGREEMENT', 'INCUBATING', 'EXTENDED', 'TERMINATED')) THEN
        PERFORM sanshe_refuse('CENTRE_IN_USE', '尚有组织在申请、在孵或未移交,不能关闭',
            'organisations still apply, are incubated or have not left');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER incubation_centres_closing BEFORE UPDATE ON incubation_centres
    FOR EACH ROW EXECUTE FUNCTION incubation_centres_closing();
