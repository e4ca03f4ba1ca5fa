-- 学习考察 (A14: 由点到面,远学南方发达城市,近学本市试点社区). A delegation learns from a
-- pilot of the platform, or outside of the city; it reports in time, and says what
-- it adopts at home, whose task that is, and by when.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('com.study_visit.report_days', 15, 'days', '[2018-01-01,)', '示范默认值,待市级文件核定(考察结束后提交报告的期限)'),
    ('com.study_visit.measure_days', 180, 'days', '[2018-01-01,)', '示范默认值,待市级文件核定(借鉴措施的最长期限)');

CREATE TABLE study_visits (
    id                 uuid PRIMARY KEY,
    -- Of the visitor.
    division_code      text NOT NULL,
    pilot_id           uuid REFERENCES pilots (id),
    kind               text NOT NULL CHECK (kind IN ('NEAR', 'FAR')),
    host_pilot_id      uuid REFERENCES pilots (id),
    host_division_code text NOT NULL,
    host_place         text CHECK (length(host_place) BETWEEN 1 AND 100),
    host_body          text CHECK (length(host_body) BETWEEN 1 AND 100),
    subject            text NOT NULL CHECK (subject IN ('COMMUNITY_PLATFORM', 'INCUBATION', 'SOCIAL_WORK',
                                                        'ELDER_CARE', 'SMART_COMMUNITY', 'PROCUREMENT')),
    purpose            text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 1000),
    planned_by         text NOT NULL,
    created_at         timestamptz NOT NULL,
    starts_on          date NOT NULL,
    ends_on            date NOT NULL,
    state              text NOT NULL,
    arrangement        text CHECK (length(arrangement) BETWEEN 1 AND 500),
    confirmed_by       text,
    made_on            date,
    report_by          date,
    note               text CHECK (length(note) BETWEEN 1 AND 1000),
    updated_at         timestamptz NOT NULL,
    version            integer NOT NULL DEFAULT 1,
    CONSTRAINT study_visit_host_named CHECK ((kind = 'NEAR') = (host_pilot_id IS NOT NULL)
        AND (kind = 'FAR') = (host_place IS NOT NULL) AND (kind = 'FAR') = (host_body IS NOT NULL)),
    CONSTRAINT study_visit_self CHECK (host_division_code <> division_code AND host_pilot_id <> pilot_id),
    CONSTRAINT study_visit_days CHECK (ends_on BETWEEN starts_on AND starts_on + 30),
    CONSTRAINT study_visit_confirmed CHECK (state <> 'CONFIRMED' OR confirmed_by IS NOT NULL),
    CONSTRAINT study_visit_confirmed_by_another CHECK (confirmed_by <> planned_by),
    CONSTRAINT study_visit_made CHECK ((state IN ('MADE', 'REPORTED', 'CLOSED')) = (made_on IS NOT NULL)
        AND (made_on IS NULL) = (report_by IS NULL)),
    CONSTRAINT study_visit_noted CHECK (state NOT IN ('DECLINED', 'CANCELLED') OR note IS NOT NULL)
);
CREATE INDEX study_visits_by_division ON study_visits (division_code text_pattern_ops, id);
CREATE INDEX study_visits_by_host_division ON study_visits (host_division_code text_pattern_ops, id);
CREATE INDEX study_visits_by_pilot ON study_visits (pilot_id, id) WHERE pilot_id IS NOT NULL;
CREATE INDEX study_visits_by_host_pilot ON study_visits (host_pilot_id, id) WHERE host_pilot_id IS NOT NULL;
CREATE INDEX study_visits_report_due ON study_visits (report_by) WHERE state = 'MADE';
-- A plan that was entered twice is no second visit.
CREATE UNIQUE INDEX study_visit_twice
    ON study_visits (division_code, host_division_code, coalesce(host_body, ''), subject, starts_on)
    WHERE state NOT IN ('DECLINED', 'CANCELLED');

INSERT INTO state_moves VALUES
    ('study_visit', '', 'PLANNED'),
    ('study_visit', 'PLANNED', 'CONFIRMED'),
    ('study_visit', 'PLANNED', 'DECLINED'),
    ('study_visit', 'PLANNED', 'CANCELLED'),
    ('study_visit', 'PLANNED', 'MADE'),
    ('study_visit', 'CONFIRMED', 'PLANNED'),
    ('study_visit', 'CONFIRMED', 'DECLINED'),
    ('study_visit', 'CONFIRMED', 'CANCELLED'),
    ('study_visit', 'CONFIRMED', 'MADE'),
    ('study_visit', 'MADE', 'REPORTED'),
    ('study_visit', 'REPORTED', 'CLOSED'),
    ('study_measure', '', 'OPEN'),
    ('study_measure', 'OPEN', 'ADOPTED'),
    ('study_measure', 'OPEN', 'GIVEN_UP');

-- How many of a role are to come, and how many came; never who.
CREATE TABLE study_people (
    id       uuid PRIMARY KEY,
    visit_id uuid NOT NULL REFERENCES study_visits (id),
    role     text NOT NULL CHECK (role IN ('OFFICIAL', 'COMMITTEE', 'COMMUNITY_STAFF', 'SOCIAL_WORKER',
                                           'SOCIAL_ORGANIZATION', 'VOLUNTEER', 'RESIDENT')),
    people   integer NOT NULL CHECK (people BETWEEN 1 AND 500),
    came     boolean NOT NULL,
    CONSTRAINT study_people_twice UNIQUE (visit_id, came, role)
);
CREATE FUNCTION study_people_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM study_visits v
                   WHERE v.id = NEW.visit_id AND v.state IN ('PLANNED', 'CONFIRMED')) THEN
        PERFORM sanshe_refuse('STUDY_PEOPLE_FIXED', '考察成行后人员不再更改', 'who came is fixed once the visit was made');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER study_people_guard BEFORE INSERT ON study_people
    FOR EACH ROW EXECUTE FUNCTION study_people_guard();

-- The report is the visitor's, once, after the visit.
CREATE TABLE study_reports (
    id            uuid PRIMARY KEY,
    visit_id      uuid NOT NULL REFERENCES study_visits (id),
    findings      text NOT NULL CHECK (length(findings) BETWEEN 1 AND 5000),
    document      text CHECK (length(document) BETWEEN 1 AND 200),
    reported_from text NOT NULL,
    reported_by   text NOT NULL,
    reported_at   timestamptz NOT NULL,
    CONSTRAINT study_report_once UNIQUE (visit_id)
);
CREATE FUNCTION study_report_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE visit study_visits%ROWTYPE;
BEGIN
    SELECT * INTO visit FROM study_visits v WHERE v.id = NEW.visit_id FOR SHARE;
    IF visit.state <> 'MADE' THEN
        PERFORM sanshe_refuse('STUDY_REPORT_BEFORE_VISIT', '考察成行后提交一次报告', 'a report is of a visit that was made, and is given once');
    END IF;
    IF visit.division_code <> NEW.reported_from THEN
        PERFORM sanshe_refuse('STUDY_REPORT_VISITOR', '考察报告由考察方提交', 'the report is the visitor''s');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER study_report_guard BEFORE INSERT ON study_reports
    FOR EACH ROW EXECUTE FUNCTION study_report_guard();

CREATE TRIGGER study_people_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON study_people
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER study_reports_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON study_reports
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON study_people, study_reports FROM sanshe_app;

CREATE TABLE study_measures (
    id            uuid PRIMARY KEY,
    visit_id      uuid NOT NULL REFERENCES study_visits (id),
    division_code text NOT NULL,
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    owner         text NOT NULL CHECK (length(owner) BETWEEN 1 AND 100),
    due_on        date NOT NULL,
    created_at    timestamptz NOT NULL,
    state         text NOT NULL,
    evidence      text CHECK (length(evidence) BETWEEN 1 AND 1000),
    note          text CHECK (length(note) BETWEEN 1 AND 1000),
    updated_at    timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT study_measure_adopted CHECK ((state = 'ADOPTED') = (evidence IS NOT NULL)),
    CONSTRAINT study_measure_given_up CHECK ((state = 'GIVEN_UP') = (note IS NOT NULL))
);
CREATE INDEX study_measures_by_visit ON study_measures (visit_id, id);
CREATE INDEX study_measures_by_division ON study_measures (division_code text_pattern_ops, id);
CREATE INDEX study_measures_due ON study_measures (due_on) WHERE state = 'OPEN';
CREATE FUNCTION study_measures_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    visit study_visits%ROWTYPE;
    day   date := china_day(NEW.created_at);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state <> 'OPEN' THEN
            PERFORM sanshe_refuse('STUDY_MEASURE_DECIDED', '该措施已经落实或不再采用', 'it was adopted or given up already');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO visit FROM study_visits v WHERE v.id = NEW.visit_id FOR SHARE;
    IF visit.state NOT IN ('MADE', 'REPORTED') THEN
        PERFORM sanshe_refuse('STUDY_MEASURE_BEFORE_VISIT', '考察成行后、办结前才能提出借鉴措施',
            'measures come after the visit was made, and before it is closed');
    END IF;
    IF visit.division_code <> NEW.division_code THEN
        PERFORM sanshe_refuse('STUDY_MEASURE_VISITOR', '借鉴措施由考察方落实', 'a measure is the visitor''s to adopt');
    END IF;
    IF NEW.due_on NOT BETWEEN day AND day + policy_number('com.study_visit.measure_days', NEW.division_code, day)::integer THEN
        PERFORM sanshe_refuse('STUDY_MEASURE_TERM', '期限不早于今天,且不超过规定的最长期限',
            'it is due today or later, within the longest term of the rule');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER study_measures_guard BEFORE INSERT OR UPDATE ON study_measures
    FOR EACH ROW EXECUTE FUNCTION study_measures_guard();
CREATE TRIGGER study_measures_origin BEFORE UPDATE ON study_measures
    FOR EACH ROW EXECUTE FUNCTION origin_guard('study_measure', 'visit_id', 'division_code', 'title', 'owner', 'due_on', 'created_at');
CREATE TRIGGER study_measures_state BEFORE INSERT OR UPDATE ON study_measures
    FOR EACH ROW EXECUTE FUNCTION state_guard('study_measure');
REVOKE DELETE ON study_measures FROM sanshe_app;

-- The city a division lies in; of a province, the province.
CREATE FUNCTION city_of(code text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT left(code, 4) || '00000000'
$$;

CREATE FUNCTION study_visits_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day   date := china_day(NEW.updated_at);
    moved boolean := TG_OP = 'INSERT' OR NEW.state <> OLD.state;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.pilot_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM pilots p WHERE p.id = NEW.pilot_id AND p.division_code = NEW.division_code AND p.state <> 'EXITED') THEN
            PERFORM sanshe_refuse('STUDY_VISIT_PILOT', '考察方不是现有试点', 'the visitor is no pilot any more');
        END IF;
        IF NEW.kind = 'FAR' AND (substr(NEW.host_division_code, 3, 2) = '00'
                                 OR division_covers(city_of(NEW.division_code), NEW.host_division_code)) THEN
            PERFORM sanshe_refuse('STUDY_VISIT_NOT_FAR', '远学须到市外的某个市', 'a visit far away goes to a city that is not one''s own');
        END IF;
    ELSE
        IF OLD.made_on IS NOT NULL AND (NEW.made_on, NEW.report_by) IS DISTINCT FROM (OLD.made_on, OLD.report_by) THEN
            PERFORM sanshe_refuse('STUDY_VISIT_ORIGIN', '成行日期和报告期限不可更改', 'when it was made, and the term of its report, never change');
        END IF;
        IF (NEW.starts_on, NEW.ends_on) IS DISTINCT FROM (OLD.starts_on, OLD.ends_on)
           AND NOT (OLD.state IN ('PLANNED', 'CONFIRMED') AND NEW.state = 'PLANNED') THEN
            PERFORM sanshe_refuse('STUDY_VISIT_DATES', '改期后须由接待方重新确认', 'other days are confirmed anew');
        END IF;
    END IF;
    IF (TG_OP = 'INSERT' OR (NEW.starts_on, NEW.ends_on) IS DISTINCT FROM (OLD.starts_on, OLD.ends_on))
       AND NEW.starts_on < day THEN
        PERFORM sanshe_refuse('STUDY_VISIT_PAST', '开始日期不能早于今天', 'it begins today or later');
    END IF;
    -- Locked, so that a pilot that is being suspended is not visited meanwhile.
    IF NEW.kind = 'NEAR' AND moved AND NEW.state IN ('PLANNED', 'CONFIRMED') THEN
        PERFORM 1 FROM pilots p
        WHERE p.id = NEW.host_pilot_id AND p.division_code = NEW.host_division_code
          AND p.state IN ('OPERATING', 'ASSESSED', 'DEMONSTRATION') FOR SHARE;
        IF NOT FOUND THEN
            PERFORM sanshe_refuse('STUDY_VISIT_HOST', '接待方须为运行中或已评估、示范的试点',
                'the host is a pilot that operates, or has come further');
        END IF;
    END IF;
    IF TG_OP = 'INSERT' OR NOT moved THEN
        RETURN NEW;
    END IF;
    IF NEW.kind = 'FAR' AND NEW.state IN ('CONFIRMED', 'DECLINED') THEN
        PERFORM sanshe_refuse('STUDY_VISIT_FAR', '远学的接待方不在平台上,无须确认', 'the host of a visit far away is not asked here');
    END IF;
    IF NEW.state = 'MADE' THEN
        IF NEW.kind = 'NEAR' AND OLD.state = 'PLANNED' THEN
            PERFORM sanshe_refuse('STUDY_VISIT_NOT_CONFIRMED', '接待方尚未确认', 'the host has not confirmed it');
        END IF;
        IF NEW.made_on NOT BETWEEN NEW.starts_on AND day THEN
            PERFORM sanshe_refuse('STUDY_VISIT_MADE_ON', '成行日期不早于计划开始日期,不晚于今天',
                'it was made when it was to begin or later, and not after today');
        END IF;
        IF NEW.report_by <> NEW.made_on + policy_number('com.study_visit.report_days', NEW.division_code, NEW.made_on)::integer THEN
            PERFORM sanshe_refuse('STUDY_VISIT_REPORT_BY', '报告期限按现行规定计算', 'the term of the report is that of the rule');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM study_people p WHERE p.visit_id = NEW.id AND p.came) THEN
            PERFORM sanshe_refuse('STUDY_PEOPLE_NONE', '没有人员成行', 'nobody came');
        END IF;
    END IF;
    IF NEW.state = 'REPORTED' AND NOT EXISTS (SELECT 1 FROM study_reports r WHERE r.visit_id = NEW.id) THEN
        PERFORM sanshe_refuse('STUDY_VISIT_NOT_REPORTED', '尚无考察报告', 'there is no report yet');
    END IF;
    IF NEW.state = 'CLOSED'
       AND EXISTS (SELECT 1 FROM study_measures m WHERE m.visit_id = NEW.id AND m.state = 'OPEN') THEN
        PERFORM sanshe_refuse('STUDY_MEASURES_OPEN', '还有借鉴措施未落实', 'something is still to be adopted or given up');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER study_visits_guard BEFORE INSERT OR UPDATE ON study_visits
    FOR EACH ROW EXECUTE FUNCTION study_visits_guard();
CREATE TRIGGER study_visits_origin BEFORE UPDATE ON study_visits
    FOR EACH ROW EXECUTE FUNCTION origin_guard('study_visit', 'division_code', 'pilot_id', 'kind', 'host_pilot_id',
        'host_division_code', 'host_place', 'host_body', 'subject', 'purpose', 'planned_by', 'created_at');
CREATE TRIGGER study_visits_state BEFORE INSERT OR UPDATE ON study_visits
    FOR EACH ROW EXECUTE FUNCTION state_guard('study_visit');
REVOKE DELETE ON study_visits FROM sanshe_app;
