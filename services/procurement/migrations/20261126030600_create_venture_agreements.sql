-- 资助协议: three instalments of what was asked for; the second follows the midterm
-- evaluation, the third the final one; who judged the round evaluates nothing of it.
CREATE TABLE venture_agreements (
    id              uuid PRIMARY KEY,
    application_id  uuid NOT NULL CONSTRAINT venture_agreement_exists UNIQUE,
    round_id        uuid NOT NULL REFERENCES venture_rounds (id),
    organization_id uuid NOT NULL,
    legal_person    boolean NOT NULL,
    -- 备案组织由枢纽型组织代签.
    fiscal_host_id  uuid CHECK (fiscal_host_id <> organization_id),
    fund_id         uuid NOT NULL REFERENCES funds (id),
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    state           text NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    signed_by       text NOT NULL,
    signed_at       timestamptz NOT NULL,
    ended_at        timestamptz,
    ended_reason    text CHECK (length(ended_reason) BETWEEN 1 AND 1000),
    -- What is to come back after a termination, and what came.
    to_recover_fen  bigint NOT NULL DEFAULT 0 CHECK (to_recover_fen >= 0),
    recovered_fen   bigint NOT NULL DEFAULT 0 CHECK (recovered_fen >= 0),
    updated_at      timestamptz NOT NULL,
    FOREIGN KEY (application_id, round_id) REFERENCES venture_applications (id, round_id),
    CONSTRAINT fiscal_host_missing CHECK (legal_person OR fiscal_host_id IS NOT NULL),
    CONSTRAINT recovered_too_much CHECK (recovered_fen <= to_recover_fen),
    CONSTRAINT agreement_end CHECK (state NOT IN ('TERMINATED', 'RECOVERED') OR (ended_at IS NOT NULL AND ended_reason IS NOT NULL)),
    CONSTRAINT agreement_recovered CHECK (state <> 'RECOVERED' OR recovered_fen = to_recover_fen)
);
CREATE INDEX venture_agreements_by_round ON venture_agreements (round_id, id);

CREATE TABLE venture_tranches (
    id           uuid PRIMARY KEY,
    agreement_id uuid NOT NULL REFERENCES venture_agreements (id),
    seq          integer NOT NULL CHECK (seq BETWEEN 1 AND 3),
    amount_fen   bigint NOT NULL CHECK (amount_fen >= 0),
    entry_id     uuid UNIQUE REFERENCES fund_entries (id),
    paid_by      text,
    paid_at      timestamptz,
    CONSTRAINT tranche_exists UNIQUE (agreement_id, seq),
    CHECK ((entry_id IS NULL) = (paid_at IS NULL) AND (entry_id IS NULL) = (paid_by IS NULL))
);

CREATE TABLE venture_evaluations (
    id            uuid PRIMARY KEY,
    agreement_id  uuid NOT NULL REFERENCES venture_agreements (id),
    stage         text NOT NULL CHECK (stage IN ('MIDTERM', 'FINAL')),
    passed        boolean NOT NULL,
    report        text NOT NULL CHECK (length(report) BETWEEN 1 AND 4000),
    evaluator_id  uuid NOT NULL REFERENCES experts (id),
    evaluated_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX evaluation_passed_already ON venture_evaluations (agreement_id, stage) WHERE passed;
CREATE TRIGGER venture_evaluations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON venture_evaluations
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE TABLE venture_agreement_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO venture_agreement_transitions VALUES
    ('PERFORMING', 'CLOSED'), ('PERFORMING', 'TERMINATED'), ('TERMINATED', 'RECOVERED');

CREATE FUNCTION venture_agreements_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    a venture_applications;
    r venture_rounds;
    paid bigint;
BEGIN
    SELECT * INTO a FROM venture_applications WHERE id = NEW.application_id;
    SELECT * INTO r FROM venture_rounds WHERE id = NEW.round_id;
    IF TG_OP = 'INSERT' THEN
        IF r.state <> 'CONFIRMED' OR a.state <> 'SELECTED' OR NEW.state <> 'PERFORMING' THEN
            PERFORM sanshe_refuse('VENTURE_NOT_SELECTED', '只与确定资助的项目签订协议', 'an agreement is signed with a selected project');
        END IF;
        IF (NEW.organization_id, NEW.legal_person, NEW.amount_fen, NEW.fund_id) IS DISTINCT FROM
           (a.organization_id, a.legal_person, a.requested_fen, r.fund_id) THEN
            PERFORM sanshe_refuse('AGREEMENT_DIFFERS', '协议须与申报一致', 'the agreement is what was applied for');
        END IF;
        IF NEW.fiscal_host_id = r.operator_id THEN
            PERFORM sanshe_refuse('HOST_IS_OPERATOR', '承办机构不得代签', 'the operator of the round hosts no grant of it');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.application_id, NEW.round_id, NEW.organization_id, NEW.legal_person, NEW.fiscal_host_id, NEW.fund_id, NEW.amount_fen, NEW.signed_at)
       IS DISTINCT FROM (OLD.application_id, OLD.round_id, OLD.organization_id, OLD.legal_person, OLD.fiscal_host_id, OLD.fund_id, OLD.amount_fen, OLD.signed_at)
       OR (OLD.state <> 'PERFORMING' AND NEW.to_recover_fen <> OLD.to_recover_fen) OR NEW.recovered_fen < OLD.recovered_fen THEN
        PERFORM sanshe_refuse('AGREEMENT_FIXED', '协议内容不可更改', 'an agreement never changes');
    END IF;
    SELECT coalesce(sum(t.amount_fen), 0) INTO paid FROM venture_tranches t WHERE t.agreement_id = NEW.id AND t.paid_at IS NOT NULL;
    IF NEW.to_recover_fen > paid THEN
        PERFORM sanshe_refuse('RECOVER_MORE_THAN_PAID', '追回金额不得超过已付金额', 'no more comes back than was paid');
    END IF;
    IF NEW.recovered_fen <> (SELECT coalesce(sum(e.amount_fen), 0) FROM fund_entries e WHERE e.kind = 'RECOVER' AND e.reference = NEW.id) THEN
        PERFORM sanshe_refuse('RECOVERY_NOT_BOOKED', '追回金额须入账', 'what came back is in the ledger');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM venture_agreement_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('AGREEMENT_STATE',
            format('协议不能从 %s 变为 %s', OLD.state, NEW.state),
            format('an agreement cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'CLOSED' AND paid <> NEW.amount_fen THEN
        PERFORM sanshe_refuse('TRANCHES_OPEN', '仍有资助款未支付', 'some instalments are not paid');
    END IF;
    IF NEW.state = 'TERMINATED' AND OLD.state <> NEW.state AND paid < NEW.amount_fen AND NOT EXISTS (
        SELECT 1 FROM fund_entries e WHERE e.kind = 'UNCOMMIT' AND e.reference = NEW.id AND e.amount_fen = NEW.amount_fen - paid) THEN
        PERFORM sanshe_refuse('BUDGET_NOT_RELEASED', '终止协议须同时解除剩余承付', 'what is left of the commitment goes back');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_agreements_guard BEFORE INSERT OR UPDATE ON venture_agreements
    FOR EACH ROW EXECUTE FUNCTION venture_agreements_guard();

CREATE FUNCTION venture_tranches_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE the_agreement uuid := coalesce((to_jsonb(NEW) ->> 'agreement_id')::uuid, (to_jsonb(NEW) ->> 'id')::uuid);
BEGIN
    IF (SELECT coalesce(sum(t.amount_fen), 0) FROM venture_tranches t WHERE t.agreement_id = the_agreement)
       <> (SELECT a.amount_fen FROM venture_agreements a WHERE a.id = the_agreement) THEN
        PERFORM sanshe_refuse('TRANCHE_AMOUNTS', '各期金额合计须等于协议金额', 'the instalments sum to the amount');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM fund_entries e JOIN venture_agreements a ON a.id = the_agreement
                   WHERE e.kind = 'COMMIT' AND e.reference = the_agreement AND e.amount_fen = a.amount_fen AND e.fund_id = a.fund_id) THEN
        PERFORM sanshe_refuse('BUDGET_NOT_COMMITTED', '协议金额未承付', 'the amount is not committed');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER venture_agreements_sum AFTER INSERT ON venture_agreements
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION venture_tranches_sum();
CREATE CONSTRAINT TRIGGER venture_tranches_sum AFTER INSERT ON venture_tranches
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION venture_tranches_sum();

CREATE FUNCTION venture_tranches_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    a venture_agreements;
    stage_due text := CASE NEW.seq WHEN 2 THEN 'MIDTERM' WHEN 3 THEN 'FINAL' END;
BEGIN
    SELECT * INTO a FROM venture_agreements WHERE id = NEW.agreement_id;
    IF (NEW.agreement_id, NEW.seq, NEW.amount_fen) IS DISTINCT FROM (OLD.agreement_id, OLD.seq, OLD.amount_fen)
       OR OLD.paid_at IS NOT NULL THEN
        PERFORM sanshe_refuse('TRANCHE_FIXED', '各期资助款不可更改,只付一次', 'an instalment never changes and is paid once');
    END IF;
    IF a.state <> 'PERFORMING' THEN
        PERFORM sanshe_refuse('AGREEMENT_STATE', '协议不在履行中', 'the agreement is not being performed');
    END IF;
    IF EXISTS (SELECT 1 FROM venture_tranches t WHERE t.agreement_id = NEW.agreement_id AND t.seq < NEW.seq AND t.paid_at IS NULL) THEN
        PERFORM sanshe_refuse('TRANCHE_OUT_OF_ORDER', '须按期支付', 'instalments are paid in order');
    END IF;
    IF stage_due IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM venture_evaluations e WHERE e.agreement_id = NEW.agreement_id AND e.stage = stage_due AND e.passed) THEN
        PERFORM sanshe_refuse('EVALUATION_MISSING', '评估通过后才能支付本期', 'this instalment follows a passed evaluation');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM fund_entries e WHERE e.id = NEW.entry_id AND e.kind = 'PAY'
                   AND e.reference = NEW.id AND e.amount_fen = NEW.amount_fen AND e.fund_id = a.fund_id) THEN
        PERFORM sanshe_refuse('PAYMENT_DIFFERS', '支付金额或资金与协议不一致', 'amount or fund differ from the agreement');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_tranches_guard BEFORE UPDATE ON venture_tranches
    FOR EACH ROW EXECUTE FUNCTION venture_tranches_guard();

-- 评审与评估分离.
CREATE FUNCTION venture_evaluations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE a venture_agreements;
BEGIN
    SELECT * INTO a FROM venture_agreements WHERE id = NEW.agreement_id;
    IF a.state <> 'PERFORMING' THEN
        PERFORM sanshe_refuse('AGREEMENT_STATE', '协议不在履行中', 'the agreement is not being performed');
    END IF;
    IF EXISTS (SELECT 1 FROM venture_reviewers v WHERE v.round_id = a.round_id AND v.expert_id = NEW.evaluator_id) THEN
        PERFORM sanshe_refuse('EVALUATOR_WAS_REVIEWER', '参加过本项目评审的人不得评估', 'whoever judged the round evaluates nothing of it');
    END IF;
    IF prc_venture_conflicted(a.round_id, NEW.evaluator_id, prc_day(NEW.evaluated_at)) THEN
        PERFORM sanshe_refuse('EVALUATOR_CONFLICTED', '评估人与申报或承办机构存在利害关系', 'the evaluator is tied to an applicant or to the operator');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM venture_tranches t WHERE t.agreement_id = NEW.agreement_id AND t.paid_at IS NOT NULL
                   AND t.seq = CASE NEW.stage WHEN 'MIDTERM' THEN 1 ELSE 2 END) THEN
        PERFORM sanshe_refuse('EVALUATION_NOT_DUE', '上一期资助款尚未支付', 'the instalment before is not paid yet');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_evaluations_guard BEFORE INSERT ON venture_evaluations
    FOR EACH ROW EXECUTE FUNCTION venture_evaluations_guard();

-- As before; a round's own money is released when it is confirmed or cancelled, and
-- what a grant leaves over when it is terminated.
CREATE OR REPLACE FUNCTION fund_entries_purpose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'RELEASE' AND EXISTS (
        SELECT 1 FROM procurement_needs n WHERE n.id = NEW.reference AND n.state <> 'WITHDRAWN') THEN
        PERFORM sanshe_refuse('RELEASE_WITHOUT_WITHDRAWAL',
            '采购需求未撤回,不得释放其预算', 'the budget of a need that goes on stays held');
    END IF;
    IF NEW.kind = 'RELEASE' AND EXISTS (
        SELECT 1 FROM venture_rounds r WHERE r.id = NEW.reference AND r.state NOT IN ('CANCELLED', 'CONFIRMED', 'CLOSED')) THEN
        PERFORM sanshe_refuse('RELEASE_WITHOUT_WITHDRAWAL',
            '创投未取消或确定,不得释放其预算', 'the budget of a round that goes on stays held');
    END IF;
    IF NEW.kind = 'RELEASE' AND EXISTS (
        SELECT 1 FROM venture_applications a WHERE a.id = NEW.reference AND a.state <> 'WITHDRAWN') THEN
        PERFORM sanshe_refuse('RELEASE_WITHOUT_WITHDRAWAL',
            '项目未放弃资助,不得释放其预算', 'the grant of a project that goes on stays held');
    END IF;
    IF NEW.kind = 'UNCOMMIT'
       AND NOT EXISTS (SELECT 1 FROM contracts c WHERE c.id = NEW.reference AND c.state = 'TERMINATED')
       AND NOT EXISTS (SELECT 1 FROM venture_agreements a WHERE a.id = NEW.reference AND a.state IN ('TERMINATED', 'RECOVERED')) THEN
        PERFORM sanshe_refuse('RELEASE_WITHOUT_TERMINATION',
            '合同未终止,不得解除承付', 'what is committed stays committed while the contract goes on');
    END IF;
    RETURN NULL;
END
$$;

-- A round ends with its last grant.
CREATE FUNCTION venture_rounds_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM venture_applications a WHERE a.round_id = NEW.id AND a.state = 'SELECTED')
       OR EXISTS (SELECT 1 FROM venture_agreements a WHERE a.round_id = NEW.id
                  AND (a.state = 'PERFORMING' OR a.recovered_fen < a.to_recover_fen)) THEN
        PERFORM sanshe_refuse('AGREEMENTS_OPEN', '仍有资助未结束', 'some grants have not ended');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_rounds_guard_closed BEFORE UPDATE ON venture_rounds
    FOR EACH ROW WHEN (NEW.state = 'CLOSED' AND OLD.state <> 'CLOSED') EXECUTE FUNCTION venture_rounds_closed();

REVOKE INSERT, UPDATE, DELETE ON venture_agreement_transitions FROM sanshe_app;
REVOKE DELETE ON venture_agreements, venture_tranches FROM sanshe_app;
REVOKE UPDATE, DELETE ON venture_evaluations FROM sanshe_app;
