-- 能力评估 (B4, GB/T 42195-2022). Versioned instruments; the scoring rules are
-- rows here and a pure function in the domain, and the two are compared.
CREATE TABLE assessment_instruments (
    code   text PRIMARY KEY,
    name   text NOT NULL,
    items  integer NOT NULL CHECK (items > 0),
    source text NOT NULL
);
INSERT INTO assessment_instruments VALUES
    ('GB_T_42195_2022', '老年人能力评估规范', 26, 'GB/T 42195-2022');

CREATE TABLE assessment_items (
    instrument text NOT NULL REFERENCES assessment_instruments (code),
    code       text NOT NULL,
    part       text NOT NULL CHECK (part IN ('B1', 'B2', 'B3', 'B4')),
    position   integer NOT NULL,
    name_zh    text NOT NULL,
    name_en    text NOT NULL,
    max_score  integer NOT NULL CHECK (max_score > 0),
    PRIMARY KEY (instrument, code),
    UNIQUE (instrument, position)
);
INSERT INTO assessment_items VALUES
    ('GB_T_42195_2022', 'B1.1', 'B1', 1, '进食', 'Eating', 4),
    ('GB_T_42195_2022', 'B1.2', 'B1', 2, '修饰', 'Grooming', 4),
    ('GB_T_42195_2022', 'B1.3', 'B1', 3, '洗澡', 'Bathing', 4),
    ('GB_T_42195_2022', 'B1.4', 'B1', 4, '穿/脱上衣', 'Dressing the upper body', 4),
    ('GB_T_42195_2022', 'B1.5', 'B1', 5, '穿/脱裤子和鞋袜', 'Dressing the lower body, shoes and socks', 4),
    ('GB_T_42195_2022', 'B1.6', 'B1', 6, '小便控制', 'Bladder control', 4),
    ('GB_T_42195_2022', 'B1.7', 'B1', 7, '大便控制', 'Bowel control', 4),
    ('GB_T_42195_2022', 'B1.8', 'B1', 8, '如厕', 'Using the toilet', 4),
    ('GB_T_42195_2022', 'B2.1', 'B2', 9, '床上体位转移', 'Turning in bed', 4),
    ('GB_T_42195_2022', 'B2.2', 'B2', 10, '床椅转移', 'From bed to chair', 4),
    ('GB_T_42195_2022', 'B2.3', 'B2', 11, '平地行走', 'Walking on level ground', 4),
    ('GB_T_42195_2022', 'B2.4', 'B2', 12, '上下楼梯', 'Stairs', 3),
    ('GB_T_42195_2022', 'B3.1', 'B3', 13, '时间定向', 'Orientation in time', 4),
    ('GB_T_42195_2022', 'B3.2', 'B3', 14, '空间定向', 'Orientation in place', 4),
    ('GB_T_42195_2022', 'B3.3', 'B3', 15, '人物定向', 'Orientation to persons', 4),
    ('GB_T_42195_2022', 'B3.4', 'B3', 16, '记忆', 'Memory', 4),
    ('GB_T_42195_2022', 'B3.5', 'B3', 17, '理解能力', 'Understanding', 4),
    ('GB_T_42195_2022', 'B3.6', 'B3', 18, '表达能力', 'Expression', 4),
    ('GB_T_42195_2022', 'B3.7', 'B3', 19, '攻击行为', 'Aggression', 1),
    ('GB_T_42195_2022', 'B3.8', 'B3', 20, '抑郁症状', 'Depressive symptoms', 1),
    ('GB_T_42195_2022', 'B3.9', 'B3', 21, '意识水平', 'Consciousness', 2),
    ('GB_T_42195_2022', 'B4.1', 'B4', 22, '视力', 'Sight', 2),
    ('GB_T_42195_2022', 'B4.2', 'B4', 23, '听力', 'Hearing', 2),
    ('GB_T_42195_2022', 'B4.3', 'B4', 24, '执行日常事务', 'Daily affairs', 4),
    ('GB_T_42195_2022', 'B4.4', 'B4', 25, '使用交通工具外出', 'Going out by transport', 3),
    ('GB_T_42195_2022', 'B4.5', 'B4', 26, '社会交往能力', 'Social contact', 4);

CREATE TABLE assessment_levels (
    instrument text NOT NULL REFERENCES assessment_instruments (code),
    level      integer NOT NULL CHECK (level BETWEEN 0 AND 4),
    min_total  integer NOT NULL,
    max_total  integer NOT NULL,
    name       text NOT NULL,
    PRIMARY KEY (instrument, level),
    CHECK (min_total <= max_total),
    EXCLUDE USING gist (instrument WITH =, int4range(min_total, max_total, '[]') WITH &&)
);
INSERT INTO assessment_levels VALUES
    ('GB_T_42195_2022', 0, 90, 90, '能力完好'),
    ('GB_T_42195_2022', 1, 66, 89, '轻度失能'),
    ('GB_T_42195_2022', 2, 46, 65, '中度失能'),
    ('GB_T_42195_2022', 3, 30, 45, '重度失能'),
    ('GB_T_42195_2022', 4, 0, 29, '完全失能');
REVOKE INSERT, UPDATE, DELETE ON assessment_instruments, assessment_items, assessment_levels
    FROM sanshe_app;

CREATE TABLE assessments (
    id                 uuid PRIMARY KEY,
    elder_id           uuid NOT NULL REFERENCES elders (resident_id),
    instrument         text NOT NULL REFERENCES assessment_instruments (code),
    reason             text NOT NULL CHECK (reason IN
                       ('FIRST', 'ROUTINE', 'IMMEDIATE', 'REVIEW', 'OTHER')),
    coma               boolean NOT NULL,
    dementia_or_mental boolean NOT NULL,
    risk_events        integer NOT NULL CHECK (risk_events >= 0),
    b1                 integer NOT NULL,
    b2                 integer NOT NULL,
    b3                 integer NOT NULL,
    b4                 integer NOT NULL,
    total              integer NOT NULL GENERATED ALWAYS AS (b1 + b2 + b3 + b4) STORED,
    base_level         integer NOT NULL CHECK (base_level BETWEEN 0 AND 4),
    final_level        integer NOT NULL CHECK (final_level BETWEEN 0 AND 4),
    explanation_zh     text NOT NULL,
    explanation_en     text NOT NULL,
    assessed_at        timestamptz NOT NULL,
    valid_from         date NOT NULL,
    valid_to           date NOT NULL CHECK (valid_to >= valid_from),
    CONSTRAINT assessment_overlap EXCLUDE USING gist
        (elder_id WITH =, instrument WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE INDEX assessments_by_elder ON assessments (elder_id, assessed_at DESC);
-- A later assessment ends the one before; nothing else about it ever changes.
REVOKE UPDATE, DELETE ON assessments FROM sanshe_app;
GRANT UPDATE (valid_to) ON assessments TO sanshe_app;

CREATE TABLE assessment_scores (
    assessment_id uuid NOT NULL REFERENCES assessments (id),
    instrument    text NOT NULL,
    item_code     text NOT NULL,
    score         integer NOT NULL CHECK (score >= 0),
    PRIMARY KEY (assessment_id, item_code),
    FOREIGN KEY (instrument, item_code) REFERENCES assessment_items (instrument, code)
);
CREATE TABLE assessment_assessors (
    assessment_id    uuid NOT NULL REFERENCES assessments (id),
    social_worker_id uuid NOT NULL,
    CONSTRAINT assessor_twice PRIMARY KEY (assessment_id, social_worker_id)
);
REVOKE UPDATE, DELETE ON assessment_scores, assessment_assessors FROM sanshe_app;
CREATE TRIGGER assessment_scores_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON assessment_scores
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER assessment_assessors_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON assessment_assessors
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE FUNCTION assessment_scores_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    highest integer;
BEGIN
    SELECT i.max_score INTO highest FROM assessment_items i
    WHERE i.instrument = NEW.instrument AND i.code = NEW.item_code;
    IF NEW.score > highest THEN
        PERFORM sanshe_refuse('SCORE_RANGE',
            format('项目 %s 的得分不能超过 %s', NEW.item_code, highest),
            format('item %s scores at most %s', NEW.item_code, highest));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER assessment_scores_guard BEFORE INSERT ON assessment_scores
    FOR EACH ROW EXECUTE FUNCTION assessment_scores_guard();

-- The level of a total, before anything worsens it.
CREATE FUNCTION assessment_base_level(instrument text, total integer) RETURNS integer
LANGUAGE sql STABLE AS $$
    SELECT l.level FROM assessment_levels l
    WHERE l.instrument = $1 AND $2 BETWEEN l.min_total AND l.max_total
$$;

-- A coma is total disability; dementia or a mental disorder, or two and more
-- care-risk events within 30 days, is one level worse, once.
CREATE FUNCTION assessment_final_level(
    base integer, coma boolean, dementia_or_mental boolean, risk_events integer) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN coma THEN 4
                WHEN dementia_or_mental OR risk_events >= 2 THEN least(base + 1, 4)
                ELSE base END
$$;

-- Checked at commit, when all rows are there.
CREATE FUNCTION assessments_complete() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted integer;
    found  record;
BEGIN
    SELECT i.items INTO wanted FROM assessment_instruments i WHERE i.code = NEW.instrument;
    SELECT count(*) AS items,
           coalesce(sum(s.score) FILTER (WHERE i.part = 'B1'), 0) AS b1,
           coalesce(sum(s.score) FILTER (WHERE i.part = 'B2'), 0) AS b2,
           coalesce(sum(s.score) FILTER (WHERE i.part = 'B3'), 0) AS b3,
           coalesce(sum(s.score) FILTER (WHERE i.part = 'B4'), 0) AS b4
      INTO found
      FROM assessment_scores s
      JOIN assessment_items i ON i.instrument = s.instrument AND i.code = s.item_code
     WHERE s.assessment_id = NEW.id AND s.instrument = NEW.instrument;
    IF found.items <> wanted THEN
        PERFORM sanshe_refuse('ITEMS_INCOMPLETE',
            format('评估须恰好包含 %s 个项目,现有 %s 个', wanted, found.items),
            format('an assessment has exactly %s items, this has %s', wanted, found.items));
    END IF;
    IF (found.b1, found.b2, found.b3, found.b4) <> (NEW.b1, NEW.b2, NEW.b3, NEW.b4)
       OR NEW.base_level <> assessment_base_level(NEW.instrument, NEW.total)
       OR NEW.final_level <> assessment_final_level(
            NEW.base_level, NEW.coma, NEW.dementia_or_mental, NEW.risk_events) THEN
        PERFORM sanshe_refuse('LEVEL_MISMATCH', '评估等级与项目得分不符',
            'the level does not follow from the scores');
    END IF;
    IF (SELECT count(*) FROM assessment_assessors a WHERE a.assessment_id = NEW.id) < 2 THEN
        PERFORM sanshe_refuse('ASSESSORS_TOO_FEW', '评估至少需要两名评估员',
            'an assessment needs at least two assessors');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER assessments_complete AFTER INSERT ON assessments
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION assessments_complete();
