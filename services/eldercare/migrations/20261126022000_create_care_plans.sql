-- 照护计划 (A53). What an assessment comes to: goals, items of the menu and how
-- often, agreed by the elder or the family, looked at again in time. A plan that
-- was agreed never changes: the next one is another version.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('ec.plan.review_months', 6, 'months', '[2019-01-01,)',
     '示范默认值,待市级文件核定(照护计划最长复核间隔)');

CREATE TABLE care_plans (
    id            uuid PRIMARY KEY,
    elder_id      uuid NOT NULL REFERENCES elders (resident_id),
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    -- Counts the versions of an elder.
    number        integer NOT NULL CHECK (number > 0),
    assessment_id uuid NOT NULL REFERENCES assessments (id),
    goals         text[] NOT NULL CONSTRAINT care_plan_goals CHECK (cardinality(goals) BETWEEN 1 AND 10),
    review_on     date NOT NULL,
    state         text NOT NULL CHECK (state IN
                  ('DRAFT', 'AGREED', 'SUPERSEDED', 'ENDED', 'WITHDRAWN')),
    drafted_by    text NOT NULL CHECK (drafted_by <> ''),
    drafted_at    timestamptz NOT NULL,
    agreed_as     text CHECK (agreed_as IN ('ELDER', 'FAMILY', 'PAPER')),
    agreed_by     text,
    agreed_at     timestamptz,
    evidence      text CHECK (length(evidence) BETWEEN 1 AND 200),
    ended_by      text,
    ended_at      timestamptz,
    end_reason    text CHECK (length(end_reason) BETWEEN 1 AND 500),
    version       integer NOT NULL DEFAULT 1,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT care_plan_number UNIQUE (elder_id, number),
    CONSTRAINT care_plan_agreed CHECK ((agreed_at IS NULL) = (agreed_as IS NULL)
        AND (agreed_at IS NULL) = (agreed_by IS NULL)
        AND (state NOT IN ('AGREED', 'SUPERSEDED', 'ENDED') OR agreed_at IS NOT NULL)
        AND (state NOT IN ('DRAFT', 'WITHDRAWN') OR agreed_at IS NULL)),
    -- A signature on paper is kept somewhere, and seen by another one.
    CONSTRAINT care_plan_paper CHECK ((agreed_as = 'PAPER') = (evidence IS NOT NULL)
        OR (agreed_as IS NULL AND evidence IS NULL)),
    CONSTRAINT care_plan_self_agreed CHECK (agreed_as <> 'PAPER' OR agreed_by <> drafted_by),
    CONSTRAINT care_plan_ended CHECK ((state = 'ENDED') = (ended_at IS NOT NULL)
        AND (ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL))
);
CREATE UNIQUE INDEX care_plan_in_force ON care_plans (elder_id) WHERE state = 'AGREED';
CREATE UNIQUE INDEX care_plan_draft ON care_plans (elder_id) WHERE state = 'DRAFT';
CREATE INDEX care_plans_by_division ON care_plans (division_code text_pattern_ops, id);
CREATE INDEX care_plans_due ON care_plans (review_on) WHERE state = 'AGREED';
REVOKE UPDATE, DELETE ON care_plans FROM sanshe_app;
GRANT UPDATE (state, agreed_as, agreed_by, agreed_at, evidence, ended_by, ended_at, end_reason,
              version, updated_at) ON care_plans TO sanshe_app;

CREATE TABLE care_plan_items (
    plan_id   uuid NOT NULL REFERENCES care_plans (id),
    position  integer NOT NULL CHECK (position > 0),
    item_code text NOT NULL REFERENCES menu_items (code),
    -- Which of the goals it serves, counted from 1.
    goal      integer NOT NULL CHECK (goal > 0),
    times     integer NOT NULL CHECK (times BETWEEN 1 AND 100),
    per       text NOT NULL CHECK (per IN ('WEEK', 'MONTH')),
    note      text CHECK (length(note) BETWEEN 1 AND 200),
    PRIMARY KEY (plan_id, position),
    CONSTRAINT care_plan_item_twice UNIQUE (plan_id, item_code)
);
REVOKE UPDATE, DELETE ON care_plan_items FROM sanshe_app;
CREATE TRIGGER care_plan_items_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON care_plan_items
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE FUNCTION care_plan_items_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    plan record;
BEGIN
    SELECT p.state, cardinality(p.goals) AS goals INTO plan FROM care_plans p WHERE p.id = NEW.plan_id;
    IF plan.state <> 'DRAFT' THEN
        PERFORM sanshe_refuse('CARE_PLAN_FIXED', '已定的照护计划不可更改,请拟定新版本',
            'a plan that was agreed never changes; draft another version');
    END IF;
    IF NEW.goal > plan.goals THEN
        PERFORM sanshe_refuse('CARE_PLAN_GOAL', '服务项目须对应计划中的目标',
            'an item serves one of the goals of its plan');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER care_plan_items_guard BEFORE INSERT ON care_plan_items
    FOR EACH ROW EXECUTE FUNCTION care_plan_items_guard();

CREATE FUNCTION care_plans_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'DRAFT' THEN
            PERFORM sanshe_refuse('CARE_PLAN_STATE', '照护计划只能从“拟定”开始', 'a plan begins as DRAFT');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM assessments a
                       WHERE a.id = NEW.assessment_id AND a.elder_id = NEW.elder_id) THEN
            PERFORM sanshe_refuse('CARE_PLAN_ASSESSMENT', '照护计划须依据该老人的能力评估',
                'a plan rests on an assessment of this elder');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.elder_id, NEW.division_code, NEW.number, NEW.assessment_id, NEW.goals,
        NEW.review_on, NEW.drafted_by, NEW.drafted_at)
       IS DISTINCT FROM
       (OLD.id, OLD.elder_id, OLD.division_code, OLD.number, OLD.assessment_id, OLD.goals,
        OLD.review_on, OLD.drafted_by, OLD.drafted_at)
       OR (OLD.agreed_at IS NOT NULL AND (NEW.agreed_as, NEW.agreed_by, NEW.agreed_at)
           IS DISTINCT FROM (OLD.agreed_as, OLD.agreed_by, OLD.agreed_at)) THEN
        PERFORM sanshe_refuse('CARE_PLAN_FIXED', '照护计划的内容不可更改,请拟定新版本',
            'what a plan says never changes; draft another version');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
       (('DRAFT', 'AGREED'), ('DRAFT', 'WITHDRAWN'), ('AGREED', 'SUPERSEDED'), ('AGREED', 'ENDED')) THEN
        PERFORM sanshe_refuse('CARE_PLAN_STATE',
            format('照护计划不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a plan cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER care_plans_guard BEFORE INSERT OR UPDATE ON care_plans
    FOR EACH ROW EXECUTE FUNCTION care_plans_guard();

CREATE FUNCTION care_plans_complete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM care_plan_items i WHERE i.plan_id = NEW.id) THEN
        PERFORM sanshe_refuse('CARE_PLAN_EMPTY', '照护计划须至少包含一个服务项目',
            'a plan has at least one item');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER care_plans_complete AFTER INSERT ON care_plans
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION care_plans_complete();

-- Orders may come from a plan, and not more often than it says.
ALTER TABLE orders ADD COLUMN care_plan_id uuid REFERENCES care_plans (id);
CREATE INDEX orders_by_plan ON orders (care_plan_id, item_code, placed_at)
    WHERE care_plan_id IS NOT NULL;

CREATE FUNCTION orders_planned() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted record;
    unit   text;
    placed integer;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.care_plan_id IS DISTINCT FROM OLD.care_plan_id THEN
            PERFORM sanshe_refuse('ORDER_FIXED', '订单的价格和来源不可更改',
                'the price and origin of an order never change');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.care_plan_id IS NULL THEN
        RETURN NEW;
    END IF;
    -- The lock lets orders from one plan take turns.
    PERFORM 1 FROM care_plans p WHERE p.id = NEW.care_plan_id FOR UPDATE;
    SELECT i.times, i.per INTO wanted
    FROM care_plans p JOIN care_plan_items i ON i.plan_id = p.id
    WHERE p.id = NEW.care_plan_id AND p.state = 'AGREED' AND p.elder_id = NEW.elder_id
      AND i.item_code = NEW.item_code;
    IF NOT FOUND THEN
        PERFORM sanshe_refuse('ORDER_NOT_PLANNED', '该项目不在老人现行的照护计划中',
            'this item is not in the plan in force for the elder');
    END IF;
    unit := lower(wanted.per);
    SELECT count(*) INTO placed FROM orders o
    WHERE o.care_plan_id = NEW.care_plan_id AND o.item_code = NEW.item_code
      AND o.state <> 'CANCELLED'
      AND date_trunc(unit, o.placed_at AT TIME ZONE 'Asia/Shanghai')
        = date_trunc(unit, NEW.placed_at AT TIME ZONE 'Asia/Shanghai');
    IF placed >= wanted.times THEN
        PERFORM sanshe_refuse('CARE_PLAN_USED_UP', '照护计划本期的次数已用完',
            'the plan provides no more of this in the present period');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER orders_planned BEFORE INSERT OR UPDATE ON orders
    FOR EACH ROW EXECUTE FUNCTION orders_planned();
