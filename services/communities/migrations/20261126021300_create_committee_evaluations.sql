-- 居委会工作评价 (A23): residents rate by dimension, once each; who rated and what
-- was said stand apart. What falls short is put right in time, and the same
-- residents rate again.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('com.evaluation.min_raters', 3, 'residents', '[2018-01-01,)', '示范默认值,待市级文件核定(低于此数不公布)'),
    ('com.evaluation.rectify_below', 300, 'hundredths of a point', '[2018-01-01,)', '示范默认值,待市级文件核定(满分 500)'),
    ('com.evaluation.rectify_days', 60, 'days', '[2018-01-01,)', '示范默认值,待市级文件核定(整改最长期限)');

CREATE TABLE committee_evaluations (
    id               uuid PRIMARY KEY,
    community_id     uuid NOT NULL REFERENCES communities (id),
    division_code    text NOT NULL,
    round            integer NOT NULL CHECK (round > 0),
    title            text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    opens_at         timestamptz NOT NULL,
    closes_at        timestamptz NOT NULL,
    opened_by        text NOT NULL,
    created_at       timestamptz NOT NULL,
    state            text NOT NULL,
    published_at     timestamptz,
    second_opens_at  timestamptz,
    second_closes_at timestamptz,
    updated_at       timestamptz NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    CONSTRAINT evaluation_round UNIQUE (community_id, round),
    CONSTRAINT evaluation_window CHECK (closes_at > opens_at AND opens_at >= created_at),
    CONSTRAINT evaluation_second_window CHECK ((second_opens_at IS NULL) = (second_closes_at IS NULL)
        AND second_closes_at > second_opens_at AND second_opens_at >= closes_at),
    -- One at a time.
    CONSTRAINT evaluation_overlap EXCLUDE USING gist
        (community_id WITH =, tstzrange(opens_at, closes_at) WITH &&)
);
CREATE INDEX evaluations_by_division ON committee_evaluations (division_code text_pattern_ops, id);

INSERT INTO state_moves VALUES
    ('evaluation', '', 'OPENED'),
    ('evaluation', 'OPENED', 'COLLECTING'),
    ('evaluation', 'OPENED', 'CLOSED'),
    ('evaluation', 'COLLECTING', 'CLOSED'),
    ('evaluation', 'CLOSED', 'PUBLISHED'),
    ('evaluation', 'PUBLISHED', 'RECTIFICATION'),
    ('evaluation', 'PUBLISHED', 'VERIFIED'),
    ('evaluation', 'RECTIFICATION', 'VERIFIED');

CREATE TABLE evaluation_dimensions (
    id            uuid PRIMARY KEY,
    evaluation_id uuid NOT NULL REFERENCES committee_evaluations (id),
    code          text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9.-]{0,19}$'),
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    weight        integer NOT NULL CHECK (weight BETWEEN 1 AND 100),
    CONSTRAINT evaluation_dimension_code UNIQUE (evaluation_id, code)
);
CREATE FUNCTION evaluation_dimensions_sum() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(weight) FROM evaluation_dimensions WHERE evaluation_id = NEW.evaluation_id) <> 100 THEN
        PERFORM sanshe_refuse('EVALUATION_WEIGHTS', '各维度权重之和须为 100', 'the weights add up to 100');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER evaluation_dimensions_sum AFTER INSERT ON evaluation_dimensions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION evaluation_dimensions_sum();
CREATE TRIGGER evaluation_dimensions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evaluation_dimensions
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

-- Who rated: a keyed hash of evaluation and person, in each of the two phases.
CREATE TABLE evaluation_raters (
    evaluation_id uuid NOT NULL REFERENCES committee_evaluations (id),
    phase         integer NOT NULL CHECK (phase IN (1, 2)),
    rater_key     bytea NOT NULL CHECK (length(rater_key) = 32),
    rated_at      timestamptz NOT NULL,
    CONSTRAINT evaluation_rated_already PRIMARY KEY (evaluation_id, phase, rater_key)
);
-- What somebody said: nothing here names a person or a time.
CREATE TABLE evaluation_scores (
    slip          uuid NOT NULL,
    evaluation_id uuid NOT NULL REFERENCES committee_evaluations (id),
    phase         integer NOT NULL CHECK (phase IN (1, 2)),
    dimension_id  uuid NOT NULL REFERENCES evaluation_dimensions (id),
    score         integer NOT NULL CONSTRAINT evaluation_score CHECK (score BETWEEN 1 AND 5),
    PRIMARY KEY (slip, dimension_id)
);
CREATE INDEX evaluation_scores_by_evaluation ON evaluation_scores (evaluation_id, phase);
CREATE TABLE evaluation_results (
    id            uuid PRIMARY KEY,
    evaluation_id uuid NOT NULL REFERENCES committee_evaluations (id),
    phase         integer NOT NULL CHECK (phase IN (1, 2)),
    dimension_id  uuid NOT NULL REFERENCES evaluation_dimensions (id),
    raters        integer NOT NULL CHECK (raters >= 0),
    average       integer NOT NULL CHECK (average BETWEEN 0 AND 500),
    CONSTRAINT evaluation_counted_already UNIQUE (evaluation_id, phase, dimension_id)
);

CREATE FUNCTION evaluation_box_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM committee_evaluations WHERE id = NEW.evaluation_id FOR SHARE;
    IF EXISTS (SELECT 1 FROM evaluation_results r
               WHERE r.evaluation_id = NEW.evaluation_id AND r.phase = NEW.phase) THEN
        PERFORM sanshe_refuse('EVALUATION_CLOSED', '评价已经结束', 'the evaluation is over');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER evaluation_raters_box BEFORE INSERT ON evaluation_raters
    FOR EACH ROW EXECUTE FUNCTION evaluation_box_guard();
CREATE TRIGGER evaluation_scores_box BEFORE INSERT ON evaluation_scores
    FOR EACH ROW EXECUTE FUNCTION evaluation_box_guard();

CREATE FUNCTION evaluation_raters_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    e committee_evaluations%ROWTYPE;
    opens timestamptz;
    closes timestamptz;
BEGIN
    SELECT * INTO e FROM committee_evaluations WHERE id = NEW.evaluation_id;
    opens := CASE NEW.phase WHEN 1 THEN e.opens_at ELSE e.second_opens_at END;
    closes := CASE NEW.phase WHEN 1 THEN e.closes_at ELSE e.second_closes_at END;
    IF opens IS NULL OR NEW.rated_at < opens THEN
        PERFORM sanshe_refuse('EVALUATION_NOT_OPEN', '评价尚未开始', 'the evaluation has not begun');
    END IF;
    IF NEW.rated_at >= closes THEN
        PERFORM sanshe_refuse('EVALUATION_CLOSED', '评价已经结束', 'the evaluation is over');
    END IF;
    IF NEW.phase = 2 AND NOT EXISTS (
        SELECT 1 FROM evaluation_raters r
        WHERE r.evaluation_id = NEW.evaluation_id AND r.phase = 1 AND r.rater_key = NEW.rater_key) THEN
        PERFORM sanshe_refuse('EVALUATION_NOT_A_FIRST_RATER', '整改复评由首次参评的居民参加',
            'those who rated first rate again, and nobody else');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER evaluation_raters_guard BEFORE INSERT ON evaluation_raters
    FOR EACH ROW EXECUTE FUNCTION evaluation_raters_guard();

CREATE FUNCTION evaluation_results_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    e committee_evaluations%ROWTYPE;
    present bigint;
    counted bigint;
    total bigint;
BEGIN
    SELECT * INTO e FROM committee_evaluations WHERE id = NEW.evaluation_id FOR UPDATE;
    SELECT count(*) INTO present FROM evaluation_raters
    WHERE evaluation_id = NEW.evaluation_id AND phase = NEW.phase;
    SELECT count(*), coalesce(sum(score), 0) INTO counted, total FROM evaluation_scores
    WHERE evaluation_id = NEW.evaluation_id AND phase = NEW.phase AND dimension_id = NEW.dimension_id;
    IF present <> counted OR NEW.raters <> present
       OR NEW.average <> (CASE present WHEN 0 THEN 0 ELSE round(total * 100.0 / present) END) THEN
        PERFORM sanshe_refuse('EVALUATION_COUNT', '计分与参评人数或评分不符',
            'the result differs from what was rated');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER evaluation_results_guard BEFORE INSERT ON evaluation_results
    FOR EACH ROW EXECUTE FUNCTION evaluation_results_guard();

CREATE TRIGGER evaluation_raters_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evaluation_raters
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER evaluation_scores_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evaluation_scores
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER evaluation_results_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evaluation_results
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON evaluation_dimensions, evaluation_raters, evaluation_scores, evaluation_results FROM sanshe_app;

-- 整改清单: what falls short is put right by a day.
CREATE TABLE rectification_items (
    id            uuid PRIMARY KEY,
    evaluation_id uuid NOT NULL REFERENCES committee_evaluations (id),
    dimension_id  uuid NOT NULL REFERENCES evaluation_dimensions (id),
    measure       text NOT NULL CHECK (length(measure) BETWEEN 1 AND 1000),
    due_on        date NOT NULL,
    created_at    timestamptz NOT NULL,
    evidence      text CHECK (length(evidence) BETWEEN 1 AND 1000),
    done_at       timestamptz,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT rectification_done CHECK ((done_at IS NULL) = (evidence IS NULL))
);
CREATE INDEX rectification_by_evaluation ON rectification_items (evaluation_id, id);
CREATE INDEX rectification_due ON rectification_items (due_on) WHERE done_at IS NULL;
CREATE FUNCTION rectification_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE e committee_evaluations%ROWTYPE;
BEGIN
    SELECT * INTO e FROM committee_evaluations WHERE id = NEW.evaluation_id FOR SHARE;
    IF e.state NOT IN ('PUBLISHED', 'RECTIFICATION') THEN
        PERFORM sanshe_refuse('EVALUATION_NOT_PUBLISHED', '评价结果公布后才能列整改清单',
            'what is put right follows from a published result');
    END IF;
    IF TG_OP = 'INSERT' AND (NEW.due_on < china_day(NEW.created_at)
        OR NEW.due_on > china_day(e.published_at)
           + policy_number('com.evaluation.rectify_days', e.division_code, china_day(e.published_at))::integer) THEN
        PERFORM sanshe_refuse('RECTIFICATION_DUE', '整改期限须在今天至规定的最长期限之内',
            'it is put right between today and the longest term of the rule');
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.done_at IS NOT NULL THEN
        PERFORM sanshe_refuse('RECTIFICATION_DONE', '该项已经整改完成', 'it has been put right already');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER rectification_guard BEFORE INSERT OR UPDATE ON rectification_items
    FOR EACH ROW EXECUTE FUNCTION rectification_guard();
CREATE TRIGGER rectification_origin BEFORE UPDATE ON rectification_items
    FOR EACH ROW EXECUTE FUNCTION origin_guard('rectification', 'evaluation_id', 'dimension_id', 'measure', 'due_on', 'created_at');
REVOKE DELETE ON rectification_items FROM sanshe_app;

CREATE FUNCTION evaluations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    low integer;
    counted integer;
BEGIN
    IF NEW.second_opens_at IS DISTINCT FROM OLD.second_opens_at AND EXISTS (
        SELECT 1 FROM rectification_items i WHERE i.evaluation_id = NEW.id AND i.done_at IS NULL) THEN
        PERFORM sanshe_refuse('RECTIFICATION_OPEN', '还有整改事项未完成', 'something is still to be put right');
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'CLOSED' AND (NEW.updated_at < NEW.closes_at OR (
        SELECT count(*) FROM evaluation_results r WHERE r.evaluation_id = NEW.id AND r.phase = 1)
        <> (SELECT count(*) FROM evaluation_dimensions d WHERE d.evaluation_id = NEW.id)) THEN
        PERFORM sanshe_refuse('EVALUATION_STILL_OPEN', '评价期结束并计分后才能关闭',
            'it is closed after its time, with every dimension counted');
    END IF;
    low := policy_number('com.evaluation.rectify_below', NEW.division_code, china_day(NEW.updated_at));
    IF NEW.state = 'PUBLISHED' AND (
        SELECT coalesce(max(r.raters), 0) FROM evaluation_results r WHERE r.evaluation_id = NEW.id)
        < policy_number('com.evaluation.min_raters', NEW.division_code, china_day(NEW.updated_at)) THEN
        PERFORM sanshe_refuse('EVALUATION_TOO_FEW', '参评人数不足,结果不予公布',
            'too few have rated for the result to be published');
    END IF;
    IF NEW.state = 'RECTIFICATION' AND EXISTS (
        SELECT 1 FROM evaluation_results r WHERE r.evaluation_id = NEW.id AND r.phase = 1 AND r.average < low
          AND NOT EXISTS (SELECT 1 FROM rectification_items i
                          WHERE i.evaluation_id = NEW.id AND i.dimension_id = r.dimension_id)) THEN
        PERFORM sanshe_refuse('RECTIFICATION_MISSING', '低于标准的维度须逐项列入整改清单',
            'each dimension that falls short has its measure');
    END IF;
    IF NEW.state = 'VERIFIED' THEN
        SELECT count(*) INTO counted FROM evaluation_results r WHERE r.evaluation_id = NEW.id AND r.phase = 2;
        IF OLD.state = 'PUBLISHED' AND EXISTS (
            SELECT 1 FROM evaluation_results r WHERE r.evaluation_id = NEW.id AND r.phase = 1 AND r.average < low) THEN
            PERFORM sanshe_refuse('RECTIFICATION_MISSING', '低于标准的维度须先整改',
                'what falls short is put right first');
        END IF;
        IF OLD.state = 'RECTIFICATION' AND (counted = 0 OR NEW.updated_at < NEW.second_closes_at OR EXISTS (
            SELECT 1 FROM rectification_items i WHERE i.evaluation_id = NEW.id AND i.done_at IS NULL)) THEN
            PERFORM sanshe_refuse('EVALUATION_NOT_RATED_AGAIN', '整改完成并由居民复评后才能销号',
                'it is verified after all was put right and residents have rated again');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER evaluations_guard BEFORE UPDATE ON committee_evaluations
    FOR EACH ROW EXECUTE FUNCTION evaluations_guard();
CREATE TRIGGER evaluations_origin BEFORE UPDATE ON committee_evaluations
    FOR EACH ROW EXECUTE FUNCTION origin_guard('evaluation', 'community_id', 'division_code', 'round',
        'title', 'opens_at', 'closes_at', 'opened_by', 'created_at');
CREATE TRIGGER evaluations_state BEFORE INSERT OR UPDATE ON committee_evaluations
    FOR EACH ROW EXECUTE FUNCTION state_guard('evaluation');
REVOKE DELETE ON committee_evaluations FROM sanshe_app;
