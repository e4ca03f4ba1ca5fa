-- 合同终止: by mutual agreement, for breach, or because the award was unlawful. The
-- other side is heard; what was delivered and accepted is paid first; what is
-- left of the commitment goes back to the fund.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('prc.termination.hearing_working_days', 5, '工作日', '[2020-03-01,)', '示范默认值,待市级文件核定(终止合同前听取对方意见)');

CREATE TABLE contract_terminations (
    id            uuid PRIMARY KEY,
    contract_id   uuid NOT NULL REFERENCES contracts (id),
    ground        text NOT NULL CHECK (ground IN ('MUTUAL', 'BREACH', 'UNLAWFUL')),
    reason        text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    document      text CHECK (length(document) BETWEEN 1 AND 200),
    proposed_side text NOT NULL CHECK (proposed_side IN ('BUYER', 'CONTRACTOR')),
    proposed_by   text NOT NULL,
    proposed_at   timestamptz NOT NULL,
    -- Until when the other side is heard.
    answer_by     timestamptz NOT NULL CHECK (answer_by > proposed_at),
    state         text NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    agreed        boolean,
    statement     text CHECK (length(statement) BETWEEN 1 AND 2000),
    answered_by   text,
    answered_at   timestamptz,
    ended_at      timestamptz,
    -- What went back to the fund.
    released_fen  bigint CHECK (released_fen >= 0),
    updated_at    timestamptz NOT NULL,
    CONSTRAINT termination_of_buyer CHECK (ground = 'MUTUAL' OR proposed_side = 'BUYER'),
    CONSTRAINT termination_answer CHECK ((answered_at IS NULL) = (agreed IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)),
    CONSTRAINT termination_end CHECK (state <> 'EFFECTIVE' OR (ended_at IS NOT NULL AND released_fen IS NOT NULL)),
    CONSTRAINT termination_not_agreed CHECK (state <> 'EFFECTIVE' OR ground <> 'MUTUAL' OR agreed IS TRUE),
    CONSTRAINT other_side_not_heard CHECK (state <> 'EFFECTIVE' OR answered_at IS NOT NULL OR ended_at > answer_by)
);
CREATE UNIQUE INDEX termination_exists ON contract_terminations (contract_id) WHERE state IN ('PROPOSED', 'EFFECTIVE');
CREATE INDEX contract_terminations_by_contract ON contract_terminations (contract_id, id);

CREATE TABLE contract_termination_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO contract_termination_transitions VALUES
    ('PROPOSED', 'EFFECTIVE'), ('PROPOSED', 'REFUSED'), ('PROPOSED', 'WITHDRAWN');

CREATE FUNCTION contract_terminations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PROPOSED' THEN
            PERFORM sanshe_refuse('TERMINATION_STATE', '终止只能从提出开始', 'a termination begins as PROPOSED');
        END IF;
        IF (SELECT c.state FROM contracts c WHERE c.id = NEW.contract_id) <> 'PERFORMING' THEN
            PERFORM sanshe_refuse('CONTRACT_STATE', '合同不在履行中', 'the contract is not being performed');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.contract_id, NEW.ground, NEW.reason, NEW.document, NEW.proposed_side, NEW.proposed_by, NEW.proposed_at, NEW.answer_by)
       IS DISTINCT FROM (OLD.contract_id, OLD.ground, OLD.reason, OLD.document, OLD.proposed_side, OLD.proposed_by, OLD.proposed_at, OLD.answer_by)
       OR (OLD.answered_at IS NOT NULL AND (NEW.agreed, NEW.statement, NEW.answered_by, NEW.answered_at)
           IS DISTINCT FROM (OLD.agreed, OLD.statement, OLD.answered_by, OLD.answered_at)) THEN
        PERFORM sanshe_refuse('TERMINATION_FIXED', '已提出或已答复的内容不可更改', 'what was proposed or answered never changes');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM contract_termination_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('TERMINATION_STATE',
            format('终止不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a termination cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contract_terminations_guard BEFORE INSERT OR UPDATE ON contract_terminations
    FOR EACH ROW EXECUTE FUNCTION contract_terminations_guard();

ALTER TABLE contracts DROP CONSTRAINT contracts_state_check;
ALTER TABLE contracts ADD CONSTRAINT contracts_state_check CHECK (state IN ('PERFORMING', 'COMPLETED', 'TERMINATED'));

ALTER TABLE milestones DROP CONSTRAINT milestone_not_submitted;
ALTER TABLE milestones ADD CONSTRAINT milestone_not_submitted CHECK (state IN ('PLANNED', 'CANCELLED')
    OR (submitted_at IS NOT NULL AND delivered_units IS NOT NULL));
INSERT INTO milestone_transitions VALUES ('PLANNED', 'CANCELLED'), ('SUBMITTED', 'CANCELLED');

CREATE FUNCTION milestones_cancelled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM contract_terminations t WHERE t.contract_id = NEW.contract_id AND t.state = 'EFFECTIVE') THEN
        PERFORM sanshe_refuse('TERMINATION_MISSING', '合同未终止,节点不能取消', 'a milestone is cancelled only where its contract ends early');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER milestones_guard_cancelled BEFORE UPDATE ON milestones
    FOR EACH ROW WHEN (NEW.state = 'CANCELLED' AND OLD.state <> 'CANCELLED') EXECUTE FUNCTION milestones_cancelled();

CREATE FUNCTION contracts_terminated() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE rest bigint;
BEGIN
    IF OLD.state = 'TERMINATED' THEN
        PERFORM sanshe_refuse('CONTRACT_STATE', '合同已终止', 'the contract has ended early');
    END IF;
    IF NEW.state <> 'TERMINATED' THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM contract_terminations t WHERE t.contract_id = NEW.id AND t.state = 'EFFECTIVE') THEN
        PERFORM sanshe_refuse('TERMINATION_MISSING', '没有生效的终止', 'there is no termination in effect');
    END IF;
    IF EXISTS (SELECT 1 FROM milestones m WHERE m.contract_id = NEW.id AND m.state NOT IN ('PAID', 'CANCELLED')) THEN
        PERFORM sanshe_refuse('MILESTONE_UNPAID', '已验收的节点须先支付', 'what was accepted is paid first');
    END IF;
    rest := NEW.amount_fen - (SELECT coalesce(sum(p.amount_fen), 0) FROM payments p WHERE p.contract_id = NEW.id);
    IF rest > 0 AND NOT EXISTS (
        SELECT 1 FROM fund_entries e WHERE e.kind = 'UNCOMMIT' AND e.reference = NEW.id
          AND e.fund_id = NEW.fund_id AND e.amount_fen = rest) THEN
        PERFORM sanshe_refuse('BUDGET_NOT_RELEASED',
            '终止合同须同时解除剩余承付', 'a contract ends early together with the release of what is left of it');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contracts_guard_terminated BEFORE UPDATE ON contracts
    FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION contracts_terminated();

REVOKE INSERT, UPDATE, DELETE ON contract_termination_transitions FROM sanshe_app;
REVOKE DELETE ON contract_terminations FROM sanshe_app;
