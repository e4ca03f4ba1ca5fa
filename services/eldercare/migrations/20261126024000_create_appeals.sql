-- 复核申请 (A53, A54). Whoever disagrees with an assessment or with a tier asks
-- for a review: other assessors assess again, and the outcome follows from what
-- they find; nobody types it. The review has its clock in working days.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('ec.appeal.raise_days', 60, 'days', '[2019-01-01,)',
     '示范默认值,待市级文件核定(对评估或分档提出复核的期限)'),
    ('ec.appeal.review_workdays', 15, 'working days', '[2019-01-01,)',
     '示范默认值,待市级文件核定(复核办结期限)');

CREATE TABLE appeals (
    id                   uuid PRIMARY KEY,
    elder_id             uuid NOT NULL REFERENCES elders (resident_id),
    division_code        text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    assessment_id        uuid REFERENCES assessments (id),
    decision_id          uuid REFERENCES tier_decisions (id),
    grounds              text NOT NULL CHECK (length(grounds) BETWEEN 1 AND 1000),
    state                text NOT NULL CHECK (state IN ('RAISED', 'UPHELD', 'CHANGED', 'WITHDRAWN')),
    raised_by            text NOT NULL CHECK (raised_by <> ''),
    raised_at            timestamptz NOT NULL,
    due_at               timestamptz NOT NULL,
    review_assessment_id uuid REFERENCES assessments (id),
    review_decision_id   uuid REFERENCES tier_decisions (id),
    reasons              text CHECK (length(reasons) BETWEEN 1 AND 1000),
    decided_by           text,
    decided_at           timestamptz,
    version              integer NOT NULL DEFAULT 1,
    updated_at           timestamptz NOT NULL,
    CONSTRAINT appeal_subject CHECK ((assessment_id IS NULL) <> (decision_id IS NULL)),
    CONSTRAINT appeal_due CHECK (due_at > raised_at),
    CONSTRAINT appeal_decided CHECK ((state IN ('UPHELD', 'CHANGED')) = (decided_at IS NOT NULL)
        AND (decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (reasons IS NULL)),
    CONSTRAINT appeal_reviewed CHECK (state NOT IN ('UPHELD', 'CHANGED')
        OR ((review_assessment_id IS NULL) = (assessment_id IS NULL)
            AND (review_decision_id IS NULL) = (decision_id IS NULL))),
    CONSTRAINT appeal_self_decided CHECK (decided_by <> raised_by)
);
-- Each is reviewed once, unless the request was taken back.
CREATE UNIQUE INDEX appeal_of_assessment ON appeals (assessment_id) WHERE state <> 'WITHDRAWN';
CREATE UNIQUE INDEX appeal_of_decision ON appeals (decision_id) WHERE state <> 'WITHDRAWN';
CREATE INDEX appeals_by_division ON appeals (division_code text_pattern_ops, id);
CREATE INDEX appeals_by_elder ON appeals (elder_id, id);
CREATE INDEX appeals_due ON appeals (due_at) WHERE state = 'RAISED';
REVOKE UPDATE, DELETE ON appeals FROM sanshe_app;
GRANT UPDATE (state, review_assessment_id, review_decision_id, reasons, decided_by, decided_at,
              version, updated_at) ON appeals TO sanshe_app;

CREATE FUNCTION appeals_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first  record;
    review record;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'RAISED' THEN
            PERFORM sanshe_refuse('APPEAL_STATE', '复核申请只能从“已提出”开始', 'an appeal begins as RAISED');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM assessments a WHERE a.id = NEW.assessment_id AND a.elder_id = NEW.elder_id
                       UNION ALL
                       SELECT 1 FROM tier_decisions d WHERE d.id = NEW.decision_id AND d.elder_id = NEW.elder_id) THEN
            PERFORM sanshe_refuse('APPEAL_ELDER', '复核对象与老人不符', 'what is appealed against is of this elder');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.elder_id, NEW.division_code, NEW.assessment_id, NEW.decision_id, NEW.grounds,
        NEW.raised_by, NEW.raised_at, NEW.due_at)
       IS DISTINCT FROM
       (OLD.id, OLD.elder_id, OLD.division_code, OLD.assessment_id, OLD.decision_id, OLD.grounds,
        OLD.raised_by, OLD.raised_at, OLD.due_at) THEN
        PERFORM sanshe_refuse('APPEAL_FIXED', '复核申请的内容和期限不可更改',
            'what was asked for, and by when it is answered, never changes');
    END IF;
    IF OLD.state <> 'RAISED' THEN
        PERFORM sanshe_refuse('APPEAL_STATE', '该复核申请已办结', 'this appeal has ended');
    END IF;
    IF NEW.state NOT IN ('UPHELD', 'CHANGED') THEN
        RETURN NEW;
    END IF;
    IF NEW.assessment_id IS NOT NULL THEN
        SELECT a.final_level INTO first FROM assessments a WHERE a.id = NEW.assessment_id;
        SELECT a.elder_id, a.final_level, a.reason, a.assessed_at INTO review
        FROM assessments a WHERE a.id = NEW.review_assessment_id;
        IF review.elder_id <> NEW.elder_id OR review.reason <> 'REVIEW'
           OR review.assessed_at < NEW.raised_at THEN
            PERFORM sanshe_refuse('APPEAL_REVIEW', '复核须依据提出申请之后对该老人的复评',
                'a review rests on a re-assessment of this elder after the appeal');
        END IF;
        IF EXISTS (SELECT 1 FROM assessment_assessors x JOIN assessment_assessors y
                       ON y.social_worker_id = x.social_worker_id
                   WHERE x.assessment_id = NEW.assessment_id
                     AND y.assessment_id = NEW.review_assessment_id) THEN
            PERFORM sanshe_refuse('APPEAL_SAME_ASSESSOR', '复评须由其他评估员进行',
                'other assessors assess again');
        END IF;
        IF (NEW.state = 'CHANGED') <> (review.final_level <> first.final_level) THEN
            PERFORM sanshe_refuse('APPEAL_OUTCOME', '复核结论与复评等级不符',
                'the outcome follows from the level found');
        END IF;
    ELSE
        SELECT d.tier, d.line INTO first FROM tier_decisions d WHERE d.id = NEW.decision_id;
        SELECT d.elder_id, d.tier, d.line INTO review
        FROM tier_decisions d WHERE d.id = NEW.review_decision_id;
        IF review.elder_id <> NEW.elder_id OR review.line <> first.line THEN
            PERFORM sanshe_refuse('APPEAL_REVIEW', '复核须依据该老人同类服务的分档决定',
                'a review rests on a decision for this elder and line');
        END IF;
        IF (NEW.state = 'CHANGED') <> (review.tier <> first.tier) THEN
            PERFORM sanshe_refuse('APPEAL_OUTCOME', '复核结论与重新分档不符',
                'the outcome follows from the tier decided anew');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER appeals_guard BEFORE INSERT OR UPDATE ON appeals
    FOR EACH ROW EXECUTE FUNCTION appeals_guard();
