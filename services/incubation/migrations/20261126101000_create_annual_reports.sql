-- 年度工作报告 (A44, B9). What is due follows from the register and the days of
-- the law; only what was handed in is kept.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('inc.annual_report.sponsor_due', 331, 'MMDD', '[1999-01-01,)',
     '《社会团体登记管理条例》《民办非企业单位登记管理暂行条例》:于每年3月31日前向业务主管单位报送上一年度工作报告'),
    ('inc.annual_report.registrar_due', 531, 'MMDD', '[1999-01-01,)',
     '《社会团体登记管理条例》《民办非企业单位登记管理暂行条例》:于5月31日前报送登记管理机关');

-- The last day of a report on a year, by the days in force in the year after.
CREATE FUNCTION annual_report_due(of_key text, registrar text, of_year integer)
RETURNS date LANGUAGE sql STABLE AS $$
    SELECT make_date(of_year + 1, (mmdd / 100)::integer, (mmdd % 100)::integer)
    FROM (SELECT parameter_in_force(of_key, registrar, make_date(of_year + 1, 1, 1)) AS mmdd) AS p
$$;

CREATE TABLE annual_reports (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    division_code   text NOT NULL,
    year            integer NOT NULL CHECK (year BETWEEN 1999 AND 2200),
    due_on          date NOT NULL,
    submitted_on    date NOT NULL,
    late            boolean NOT NULL GENERATED ALWAYS AS (submitted_on > due_on) STORED,
    -- When its sponsor had looked at it, where it has one.
    sponsor_reviewed_on date,
    activities      text NOT NULL CHECK (length(activities) BETWEEN 1 AND 4000),
    income_fen      bigint NOT NULL CONSTRAINT report_income CHECK (income_fen >= 0),
    expense_fen     bigint NOT NULL CONSTRAINT report_expense CHECK (expense_fen >= 0),
    staff           integer NOT NULL CONSTRAINT report_staff CHECK (staff BETWEEN 0 AND 100000),
    volunteers      integer NOT NULL CONSTRAINT report_volunteers CHECK (volunteers BETWEEN 0 AND 1000000),
    document        text NOT NULL CHECK (length(document) BETWEEN 1 AND 200),
    state           text NOT NULL,
    submitted_by    text NOT NULL,
    decided_by      text,
    decided_on      date,
    reason          text CHECK (length(reason) BETWEEN 1 AND 500),
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT report_after_year CHECK (submitted_on > make_date(year, 12, 31)),
    CONSTRAINT report_sponsor_first CHECK (sponsor_reviewed_on <= submitted_on),
    CONSTRAINT report_decided CHECK (num_nonnulls(decided_by, decided_on) =
        CASE WHEN state = 'SUBMITTED' THEN 0 ELSE 2 END),
    CONSTRAINT report_returned CHECK (state <> 'RETURNED' OR reason IS NOT NULL),
    CONSTRAINT report_two_people CHECK (decided_by <> submitted_by)
);
-- One report on a year, unless it was given back.
CREATE UNIQUE INDEX annual_report_exists ON annual_reports (organization_id, year)
    WHERE state <> 'RETURNED';
CREATE INDEX annual_reports_by_division ON annual_reports (division_code text_pattern_ops, year);
REVOKE UPDATE, DELETE ON annual_reports FROM sanshe_app;
GRANT UPDATE (state, decided_by, decided_on, reason, version, updated_at) ON annual_reports TO sanshe_app;
INSERT INTO state_transitions VALUES
    ('annual_report', 'SUBMITTED', 'ACCEPTED'), ('annual_report', 'SUBMITTED', 'RETURNED');
CREATE TRIGGER annual_reports_state BEFORE INSERT OR UPDATE ON annual_reports
    FOR EACH ROW EXECUTE FUNCTION state_guard('annual_report', 'SUBMITTED');

CREATE FUNCTION annual_reports_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    body organizations%ROWTYPE;
BEGIN
    SELECT * INTO body FROM organizations WHERE id = NEW.organization_id FOR SHARE;
    IF body.status NOT IN ('REGISTERED', 'FILED', 'ABNORMAL')
       OR body.kind NOT IN ('SOCIAL_GROUP', 'PRIVATE_NON_ENTERPRISE', 'FOUNDATION', 'FILED') THEN
        PERFORM sanshe_refuse('REPORT_NOT_DUE', '该组织不报送年度工作报告', 'this organisation hands in no annual report');
    END IF;
    IF body.registered_on > make_date(NEW.year, 12, 31) THEN
        PERFORM sanshe_refuse('REPORT_YEAR', '该年度组织尚未登记或备案', 'the organisation did not exist in that year');
    END IF;
    IF NEW.division_code <> body.registrar_division OR NEW.due_on IS DISTINCT FROM
       annual_report_due('inc.annual_report.registrar_due', body.registrar_division, NEW.year) THEN
        PERFORM sanshe_refuse('REPORT_DUE', '报送期限与登记管理机关的规定不符', 'the last day is not the registrar''s');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER annual_reports_guard BEFORE INSERT ON annual_reports
    FOR EACH ROW EXECUTE FUNCTION annual_reports_guard();
