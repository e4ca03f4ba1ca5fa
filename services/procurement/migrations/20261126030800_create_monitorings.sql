-- 督导、评估、变更与违规 (A69, A70): what outsiders find while a contract is performed,
-- what of its plan changes, and what was done against it.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('prc.contract.term_days_max', 1095, '日', '[2020-03-01,)', '财政部令第102号(预算能够保障的可签订不超过三年的合同)'),
    ('prc.violation.hearing_working_days', 5, '工作日', '[2020-03-01,)', '示范默认值,待市级文件核定(认定违规前听取承接方意见)');

CREATE TABLE contract_monitorings (
    id          uuid PRIMARY KEY,
    contract_id uuid NOT NULL REFERENCES contracts (id),
    kind        text NOT NULL CHECK (kind IN ('SUPERVISION', 'EVALUATION')),
    visited_on  date NOT NULL,
    score       integer CHECK (score BETWEEN 0 AND 100),
    findings    text NOT NULL CHECK (length(findings) BETWEEN 1 AND 4000),
    -- 预警: somebody should look at this.
    red_flag    boolean NOT NULL,
    monitor_id  uuid NOT NULL REFERENCES experts (id),
    recorded_at timestamptz NOT NULL,
    CONSTRAINT evaluation_score_missing CHECK ((kind = 'EVALUATION') = (score IS NOT NULL)),
    CONSTRAINT visit_in_future CHECK (visited_on <= prc_day(recorded_at))
);
CREATE UNIQUE INDEX evaluated_already ON contract_monitorings (contract_id, monitor_id) WHERE kind = 'EVALUATION';
CREATE INDEX contract_monitorings_by_contract ON contract_monitorings (contract_id, id);
CREATE TRIGGER contract_monitorings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON contract_monitorings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

-- Whether an expert is tied to the contractor of a contract.
CREATE FUNCTION prc_tied_to_contractor(the_contract uuid, the_expert uuid, on_day date) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c contracts;
    years bigint;
BEGIN
    SELECT * INTO c FROM contracts WHERE id = the_contract;
    years := prc_parameter('prc.panel.recusal_years', c.division_code, on_day);
    RETURN EXISTS (SELECT 1 FROM experts e WHERE e.id = the_expert AND (e.organization_id = c.organization_id OR e.of_buyer))
        OR EXISTS (SELECT 1 FROM expert_relations r WHERE r.expert_id = the_expert AND r.organization_id = c.organization_id
                   AND (r.ended_on IS NULL OR r.ended_on + make_interval(years => years::integer) >= on_day));
END
$$;

CREATE FUNCTION contract_monitorings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE c contracts;
BEGIN
    SELECT * INTO c FROM contracts WHERE id = NEW.contract_id;
    IF EXISTS (SELECT 1 FROM panel_members m WHERE m.tender_id = c.tender_id AND m.expert_id = NEW.monitor_id) THEN
        PERFORM sanshe_refuse('EVALUATOR_WAS_REVIEWER', '参加过本项目评审的人不得督导、评估', 'whoever sat on the panel neither supervises nor evaluates');
    END IF;
    IF prc_tied_to_contractor(NEW.contract_id, NEW.monitor_id, prc_day(NEW.recorded_at)) THEN
        PERFORM sanshe_refuse('EVALUATOR_CONFLICTED', '督导、评估人与承接方或采购人存在利害关系', 'the evaluator is tied to the contractor, or of the buyer');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contract_monitorings_guard BEFORE INSERT ON contract_monitorings
    FOR EACH ROW EXECUTE FUNCTION contract_monitorings_guard();

-- 变更: the plan is what was approved last. Money is not varied here: what is added
-- to a contract is a commission, a small share of it.
CREATE TABLE contract_variations (
    id            uuid PRIMARY KEY,
    contract_id   uuid NOT NULL REFERENCES contracts (id),
    content       text NOT NULL CHECK (length(content) BETWEEN 1 AND 2000),
    reason        text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    new_ends_on   date,
    proposed_side text NOT NULL CHECK (proposed_side IN ('BUYER', 'CONTRACTOR')),
    proposed_by   text NOT NULL,
    proposed_at   timestamptz NOT NULL,
    state         text NOT NULL CHECK (state IN ('PROPOSED', 'APPROVED', 'REFUSED')),
    -- The version of the plan it makes; the contract itself is the first.
    plan_version  integer CHECK (plan_version > 1),
    note          text CHECK (length(note) BETWEEN 1 AND 1000),
    decided_by    text,
    decided_at    timestamptz,
    CONSTRAINT variation_decision CHECK ((state = 'PROPOSED') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT variation_version CHECK ((state = 'APPROVED') = (plan_version IS NOT NULL)),
    CONSTRAINT variation_of_decider CHECK (decided_by <> proposed_by)
);
CREATE UNIQUE INDEX variation_exists ON contract_variations (contract_id) WHERE state = 'PROPOSED';
CREATE UNIQUE INDEX plan_version_exists ON contract_variations (contract_id, plan_version) WHERE state = 'APPROVED';
CREATE INDEX contract_variations_by_contract ON contract_variations (contract_id, id);

-- Until when a contract runs, its approved variations considered.
CREATE FUNCTION prc_runs_until(the_contract uuid) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT v.new_ends_on FROM contract_variations v
                     WHERE v.contract_id = c.id AND v.state = 'APPROVED' AND v.new_ends_on IS NOT NULL
                     ORDER BY v.plan_version DESC LIMIT 1), c.ends_on)
    FROM contracts c WHERE c.id = the_contract
$$;

CREATE FUNCTION contract_variations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    c contracts;
    most bigint;
BEGIN
    SELECT * INTO c FROM contracts WHERE id = NEW.contract_id;
    IF c.state <> 'PERFORMING' THEN
        PERFORM sanshe_refuse('CONTRACT_STATE', '合同不在履行中', 'the contract is not being performed');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PROPOSED' THEN
            PERFORM sanshe_refuse('VARIATION_STATE', '变更只能从提出开始', 'a variation begins as PROPOSED');
        END IF;
        most := prc_parameter('prc.contract.term_days_max', c.division_code, prc_day(NEW.proposed_at));
        IF NEW.new_ends_on - prc_day(c.signed_at) > most THEN
            PERFORM sanshe_refuse('VARIATION_TERM_TOO_LONG',
                format('履行期限最长 %s 日', most), format('a contract runs for at most %s days', most));
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'PROPOSED' OR (NEW.contract_id, NEW.content, NEW.reason, NEW.new_ends_on, NEW.proposed_side, NEW.proposed_by, NEW.proposed_at)
       IS DISTINCT FROM (OLD.contract_id, OLD.content, OLD.reason, OLD.new_ends_on, OLD.proposed_side, OLD.proposed_by, OLD.proposed_at) THEN
        PERFORM sanshe_refuse('VARIATION_FIXED', '变更内容和决定不可更改', 'a variation and its decision never change');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contract_variations_guard BEFORE INSERT OR UPDATE ON contract_variations
    FOR EACH ROW EXECUTE FUNCTION contract_variations_guard();

CREATE TABLE violations (
    id              uuid PRIMARY KEY,
    contract_id     uuid NOT NULL REFERENCES contracts (id),
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    organization_id uuid,
    kind            text NOT NULL CHECK (kind IN ('PLAN_DEPARTURE', 'FALSE_RECORD', 'DIVERSION', 'SUBCONTRACTING', 'COLLUSION', 'OTHER')),
    facts           text NOT NULL CHECK (length(facts) BETWEEN 1 AND 4000),
    reported_by     text NOT NULL,
    reported_at     timestamptz NOT NULL,
    -- Until when the contractor is heard.
    answer_by       timestamptz NOT NULL CHECK (answer_by > reported_at),
    statement       text CHECK (length(statement) BETWEEN 1 AND 2000),
    stated_at       timestamptz,
    state           text NOT NULL CHECK (state IN ('REPORTED', 'CONFIRMED', 'DISMISSED')),
    version         integer NOT NULL DEFAULT 1,
    finding         text CHECK (length(finding) BETWEEN 1 AND 2000),
    decided_by      text,
    decided_at      timestamptz,
    CONSTRAINT violation_statement CHECK ((statement IS NULL) = (stated_at IS NULL)),
    CONSTRAINT violation_decision CHECK ((state = 'REPORTED') = (decided_at IS NULL)
        AND (decided_at IS NULL) = (finding IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)),
    CONSTRAINT violation_of_reporter CHECK (decided_by <> reported_by),
    CONSTRAINT other_side_not_heard CHECK (state <> 'CONFIRMED' OR stated_at IS NOT NULL OR decided_at > answer_by)
);
CREATE INDEX violations_by_contract ON violations (contract_id, id);
CREATE INDEX violations_by_organization ON violations (organization_id, id);
CREATE INDEX violations_by_division ON violations (division_code text_pattern_ops, id);

CREATE FUNCTION violations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'REPORTED' THEN
            PERFORM sanshe_refuse('VIOLATION_STATE', '违规只能从举报开始', 'a violation begins as REPORTED');
        END IF;
        IF NEW.organization_id IS DISTINCT FROM (SELECT c.organization_id FROM contracts c WHERE c.id = NEW.contract_id) THEN
            PERFORM sanshe_refuse('VIOLATION_OF_OTHER', '违规主体须为承接方', 'the violation is the contractor''s');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'REPORTED'
       OR (NEW.contract_id, NEW.division_code, NEW.organization_id, NEW.kind, NEW.facts, NEW.reported_by, NEW.reported_at, NEW.answer_by)
       IS DISTINCT FROM (OLD.contract_id, OLD.division_code, OLD.organization_id, OLD.kind, OLD.facts, OLD.reported_by, OLD.reported_at, OLD.answer_by)
       OR (OLD.stated_at IS NOT NULL AND (NEW.statement, NEW.stated_at) IS DISTINCT FROM (OLD.statement, OLD.stated_at)) THEN
        PERFORM sanshe_refuse('VIOLATION_FIXED', '举报、陈述和认定不可更改', 'report, statement and finding never change');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER violations_guard BEFORE INSERT OR UPDATE ON violations
    FOR EACH ROW EXECUTE FUNCTION violations_guard();

REVOKE UPDATE, DELETE ON contract_monitorings FROM sanshe_app;
REVOKE DELETE ON contract_variations, violations FROM sanshe_app;

-- 试点社区社会组织申报不少于 x 项 (A72): the figure is left out of the source.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('prc.venture.min_applications_per_pilot', 3, '项', '[2015-01-01,)', '三社联动试点工作实施方案(数字未公布);示范默认值,待市级文件核定');
