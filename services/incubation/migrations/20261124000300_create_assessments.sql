-- 社会组织评估 (B9): 1000 points, grades 1A to 5A by the registrar's own table.

INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('inc.assessment.after_registration', 2, 'years', '[2011-03-01,)',
     '《社会组织评估管理办法》(民政部令第39号):取得登记证书满两个年度方可申请评估'),
    ('inc.assessment.valid', 5, 'years', '[2011-03-01,)',
     '《社会组织评估管理办法》(民政部令第39号):评估等级有效期为5年'),
    ('inc.assessment.upgrade', 2, 'years', '[2011-03-01,)',
     '《社会组织评估管理办法》(民政部令第39号):获得等级满2年方可申请更高等级'),
    ('inc.assessment.expiry_notice', 60, 'working days', '[2011-03-01,)',
     '示范默认值,待市级文件核定');

-- Cut-offs differ by registrar; '' stands for all without a table of their own.
CREATE TABLE assessment_cutoffs (
    division  text      NOT NULL CHECK (division ~ '^([0-9]{12})?$'),
    grade     text      NOT NULL CHECK (grade IN ('A1', 'A2', 'A3', 'A4', 'A5')),
    floor     integer   NOT NULL CHECK (floor BETWEEN 0 AND 1000),
    effective daterange NOT NULL CHECK (NOT isempty(effective)),
    source    text      NOT NULL CHECK (source <> ''),
    CONSTRAINT assessment_cutoff_overlap
        EXCLUDE USING gist (division WITH =, grade WITH =, effective WITH &&)
);
REVOKE INSERT, UPDATE, DELETE ON assessment_cutoffs FROM sanshe_app;

INSERT INTO assessment_cutoffs (division, grade, floor, effective, source)
SELECT division, grade, floor, '[2011-03-01,)', source
FROM (VALUES
    ('340800000000', '安庆市社会组织评估等级标准', 950, 901, 851, 801),
    ('410304000000', '洛阳市瀍河回族区社会组织评估等级标准', 900, 800, 700, 600),
    ('', '示范默认值,待市级文件核定', 900, 800, 700, 600)) AS t (division, source, a5, a4, a3, a2),
    LATERAL (VALUES ('A5', a5), ('A4', a4), ('A3', a3), ('A2', a2), ('A1', 0)) AS line (grade, floor);

-- The digits by which the divisions below begin.
CREATE FUNCTION division_prefix(code text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT CASE WHEN code = '' THEN ''
        WHEN right(code, 10) = '0000000000' THEN left(code, 2)
        WHEN right(code, 8) = '00000000' THEN left(code, 4)
        WHEN right(code, 6) = '000000' THEN left(code, 6)
        WHEN right(code, 3) = '000' THEN left(code, 9)
        ELSE code END
$$;

-- The grade of a score by the nearest table in force on the day.
CREATE FUNCTION assessment_grade(registrar text, score integer, on_day date)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT c.grade FROM assessment_cutoffs c
    WHERE c.effective @> on_day AND c.floor <= score AND c.division = (
        SELECT n.division FROM assessment_cutoffs n
        WHERE n.effective @> on_day AND starts_with(registrar, division_prefix(n.division))
        ORDER BY length(division_prefix(n.division)) DESC LIMIT 1)
    ORDER BY c.floor DESC LIMIT 1
$$;

CREATE TABLE assessments (
    id                 uuid PRIMARY KEY,
    organization_id    uuid NOT NULL REFERENCES organizations (id),
    registrar_division text NOT NULL,
    score              integer NOT NULL CONSTRAINT score_range CHECK (score BETWEEN 0 AND 1000),
    grade              text NOT NULL,
    table_source       text NOT NULL,
    assessed_on        date NOT NULL,
    valid_to           date NOT NULL,
    assessed_by        text NOT NULL,
    created_at         timestamptz NOT NULL,
    CONSTRAINT assessment_range CHECK (valid_to >= assessed_on),
    CONSTRAINT assessment_in_force EXCLUDE USING gist
        (organization_id WITH =, daterange(assessed_on, valid_to, '[]') WITH &&)
);

CREATE FUNCTION assessments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    organization organizations%ROWTYPE;
    years integer;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- A later, higher grade ends the one before; nothing else changes.
        IF (to_jsonb(NEW) - 'valid_to') <> (to_jsonb(OLD) - 'valid_to')
           OR NEW.valid_to > OLD.valid_to THEN
            PERFORM sanshe_refuse('ASSESSMENT_FIXED', '评估结果不可更改,只能由新的评估替代',
                'an assessment never changes; a later one may only end it');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO organization FROM organizations WHERE id = NEW.organization_id FOR SHARE;
    IF NEW.registrar_division <> organization.registrar_division THEN
        PERFORM sanshe_refuse('ASSESSMENT_REGISTRAR', '评估须由登记管理机关作出',
            'an organisation is assessed by its own registrar');
    END IF;
    IF NEW.grade IS DISTINCT FROM assessment_grade(NEW.registrar_division, NEW.score, NEW.assessed_on) THEN
        PERFORM sanshe_refuse('ASSESSMENT_GRADE', '等级与登记管理机关的等级表不符',
            'the grade is not the one of the registrar''s table');
    END IF;
    IF organization.status <> 'REGISTERED' THEN
        PERFORM sanshe_refuse('ORGANIZATION_NOT_ASSESSABLE', '只有已登记且未列入异常名录的组织可以参加评估',
            'only a registered organisation that is not on the abnormal list is assessed');
    END IF;
    SELECT value::integer INTO years FROM policy_parameters
        WHERE key = 'inc.assessment.after_registration' AND effective @> NEW.assessed_on
          AND starts_with(NEW.registrar_division, division_prefix(division))
        ORDER BY length(division_prefix(division)) DESC LIMIT 1;
    IF years IS NULL OR NEW.assessed_on < organization.registered_on + make_interval(years => years) THEN
        PERFORM sanshe_refuse('ASSESSMENT_TOO_EARLY', '登记未满规定年限,不能参加评估',
            'the organisation was registered too recently to be assessed');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER assessments_guard BEFORE INSERT OR UPDATE ON assessments
    FOR EACH ROW EXECUTE FUNCTION assessments_guard();
CREATE TRIGGER assessments_stay BEFORE DELETE OR TRUNCATE ON assessments
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON assessments FROM sanshe_app;
GRANT UPDATE (valid_to) ON assessments TO sanshe_app;
