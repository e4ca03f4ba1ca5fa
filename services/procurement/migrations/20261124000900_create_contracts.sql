-- 合同、节点、验收、支付. The amount is the bid's; money leaves only for an
-- accepted milestone, and once.
CREATE TABLE contracts (
    id              uuid PRIMARY KEY,
    trace_id        uuid NOT NULL,
    tender_id       uuid NOT NULL CONSTRAINT contract_exists UNIQUE REFERENCES tenders (id),
    award_id        uuid NOT NULL UNIQUE REFERENCES awards (id),
    need_id         uuid NOT NULL REFERENCES procurement_needs (id),
    fund_id         uuid NOT NULL REFERENCES funds (id),
    organization_id uuid NOT NULL,
    community_id    uuid NOT NULL,
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    amount_fen      bigint NOT NULL CHECK (amount_fen > 0),
    quantity        bigint NOT NULL CHECK (quantity > 0),
    state           text NOT NULL CHECK (state IN ('PERFORMING', 'COMPLETED')),
    version         integer NOT NULL DEFAULT 1,
    signed_at       timestamptz NOT NULL,
    ends_on         date NOT NULL,
    -- Records are kept this long after the end (政府采购法 第四十二条).
    archived_until  date NOT NULL,
    updated_at      timestamptz NOT NULL
);
CREATE INDEX contracts_by_trace ON contracts (trace_id);
CREATE INDEX contracts_by_organization ON contracts (organization_id, id);

CREATE TABLE milestones (
    id              uuid PRIMARY KEY,
    contract_id     uuid NOT NULL REFERENCES contracts (id),
    seq             integer NOT NULL,
    title           text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    units           bigint NOT NULL CHECK (units > 0),
    percent         integer NOT NULL CHECK (percent BETWEEN 1 AND 100),
    amount_fen      bigint NOT NULL CHECK (amount_fen >= 0),
    state           text NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    note            text CHECK (length(note) BETWEEN 1 AND 2000),
    -- What eldercare told when the milestone was submitted.
    delivered_units bigint,
    submitted_at    timestamptz,
    accepted_at     timestamptz,
    accepted_by     text,
    -- The organisation of whoever accepted: never the contractor's own.
    accepted_by_organization uuid,
    updated_at      timestamptz NOT NULL,
    UNIQUE (contract_id, seq),
    UNIQUE (id, contract_id),
    CONSTRAINT milestone_not_submitted CHECK (state = 'PLANNED' OR (submitted_at IS NOT NULL AND delivered_units IS NOT NULL)),
    CONSTRAINT milestone_not_accepted CHECK (state NOT IN ('ACCEPTED', 'PAID') OR (accepted_at IS NOT NULL AND accepted_by IS NOT NULL))
);

-- 服务对象参与验收 (实施条例 第四十五条).
CREATE TABLE acceptance_signatures (
    milestone_id uuid NOT NULL REFERENCES milestones (id),
    resident_id  uuid NOT NULL,
    satisfied    boolean NOT NULL,
    comment      text CHECK (length(comment) BETWEEN 1 AND 500),
    -- Who entered it: the resident, or staff from paper.
    entered_by   text NOT NULL,
    on_paper     boolean NOT NULL,
    signed_at    timestamptz NOT NULL,
    CONSTRAINT acceptance_already_signed PRIMARY KEY (milestone_id, resident_id)
);
CREATE TRIGGER acceptance_signatures_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON acceptance_signatures
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE TABLE payments (
    id           uuid PRIMARY KEY,
    milestone_id uuid NOT NULL CONSTRAINT milestone_already_paid UNIQUE,
    contract_id  uuid NOT NULL,
    fund_id      uuid NOT NULL REFERENCES funds (id),
    entry_id     uuid NOT NULL UNIQUE REFERENCES fund_entries (id),
    amount_fen   bigint NOT NULL CHECK (amount_fen > 0),
    paid_by      text NOT NULL,
    paid_at      timestamptz NOT NULL,
    FOREIGN KEY (milestone_id, contract_id) REFERENCES milestones (id, contract_id)
);
CREATE INDEX payments_by_contract ON payments (contract_id, id);
CREATE TRIGGER payments_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON payments
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE FUNCTION contracts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    t tenders;
    a awards;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.trace_id, NEW.tender_id, NEW.award_id, NEW.need_id, NEW.fund_id, NEW.organization_id, NEW.community_id,
            NEW.division_code, NEW.amount_fen, NEW.quantity, NEW.signed_at, NEW.ends_on)
           IS DISTINCT FROM (OLD.trace_id, OLD.tender_id, OLD.award_id, OLD.need_id, OLD.fund_id, OLD.organization_id,
            OLD.community_id, OLD.division_code, OLD.amount_fen, OLD.quantity, OLD.signed_at, OLD.ends_on) THEN
            PERFORM sanshe_refuse('CONTRACT_IMMUTABLE', '合同内容不可更改', 'a contract never changes');
        END IF;
        IF OLD.state = 'COMPLETED' AND NEW.state <> OLD.state THEN
            PERFORM sanshe_refuse('CONTRACT_STATE', '合同已履行完毕', 'the contract is completed');
        END IF;
        IF NEW.state = 'COMPLETED' AND EXISTS (SELECT 1 FROM milestones m WHERE m.contract_id = NEW.id AND m.state <> 'PAID') THEN
            PERFORM sanshe_refuse('CONTRACT_STATE', '仍有节点未支付', 'some milestones are not paid');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO t FROM tenders WHERE id = NEW.tender_id;
    SELECT * INTO a FROM awards WHERE id = NEW.award_id;
    IF t.state <> 'RESULT_PUBLISHED' THEN
        PERFORM sanshe_refuse('TENDER_STATE', '中标结果公告后才能签订合同', 'a contract is signed after the result is published');
    END IF;
    IF a.tender_id <> NEW.tender_id OR NEW.organization_id <> a.organization_id
       OR NEW.amount_fen <> (SELECT b.price_fen FROM bids b WHERE b.id = a.bid_id) THEN
        PERFORM sanshe_refuse('CONTRACT_DIFFERS_FROM_BID', '合同金额和供应商须与中标投标一致', 'amount and contractor are those of the winning bid');
    END IF;
    IF NEW.signed_at < a.publicity_ends_at THEN
        PERFORM sanshe_refuse('CONTRACT_BEFORE_PUBLICITY', '公示期未满,不能签订合同', 'no contract before the publicity has ended');
    END IF;
    IF NEW.signed_at > a.sign_by THEN
        PERFORM sanshe_refuse('CONTRACT_TOO_LATE', '已超过签订合同的期限', 'the time for signing has passed');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM reservations r WHERE r.need_id = NEW.need_id AND r.fund_id = NEW.fund_id) THEN
        PERFORM sanshe_refuse('FUND_NOT_RESERVED', '该资金没有为此需求预留预算', 'this fund holds no budget for the need');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contracts_guard BEFORE INSERT OR UPDATE ON contracts
    FOR EACH ROW EXECUTE FUNCTION contracts_guard();

-- The instalments make the whole, to the 分.
CREATE FUNCTION contract_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE the_contract uuid := coalesce((to_jsonb(NEW) ->> 'contract_id')::uuid, (to_jsonb(NEW) ->> 'id')::uuid);
BEGIN
    IF (SELECT coalesce(sum(m.amount_fen), 0) FROM milestones m WHERE m.contract_id = the_contract)
       <> (SELECT c.amount_fen FROM contracts c WHERE c.id = the_contract)
       OR (SELECT sum(m.percent) FROM milestones m WHERE m.contract_id = the_contract) <> 100 THEN
        PERFORM sanshe_refuse('MILESTONE_AMOUNTS', '各节点金额合计须等于合同金额', 'the milestones sum to the amount of the contract');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER contract_sums AFTER INSERT ON contracts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contract_sums();
CREATE CONSTRAINT TRIGGER milestone_sums AFTER INSERT ON milestones
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION contract_sums();

CREATE TABLE milestone_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO milestone_transitions VALUES
    ('PLANNED', 'SUBMITTED'), ('SUBMITTED', 'ACCEPTED'), ('ACCEPTED', 'PAID');

CREATE FUNCTION milestones_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    c contracts;
    due bigint;
BEGIN
    SELECT * INTO c FROM contracts WHERE id = NEW.contract_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PLANNED' THEN
            PERFORM sanshe_refuse('MILESTONE_STATE', '节点只能从计划开始', 'a milestone begins as PLANNED');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.contract_id, NEW.seq, NEW.title, NEW.units, NEW.percent, NEW.amount_fen)
       IS DISTINCT FROM (OLD.contract_id, OLD.seq, OLD.title, OLD.units, OLD.percent, OLD.amount_fen) THEN
        PERFORM sanshe_refuse('MILESTONE_TERMS_FIXED', '节点内容不可更改', 'the terms of a milestone never change');
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'PAID' AND OLD.state <> 'ACCEPTED' THEN
        PERFORM sanshe_refuse('MILESTONE_NOT_ACCEPTED', '节点未验收,不能支付', 'no payment without acceptance');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM milestone_transitions m WHERE m.from_state = OLD.state AND m.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('MILESTONE_STATE',
            format('节点不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a milestone cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'SUBMITTED' THEN
        SELECT sum(m.units) INTO due FROM milestones m WHERE m.contract_id = NEW.contract_id AND m.seq <= NEW.seq;
        IF NEW.delivered_units < due THEN
            PERFORM sanshe_refuse('MILESTONE_NOT_DELIVERED',
                format('已交付 %s,未达到节点要求的 %s', NEW.delivered_units, due),
                format('%s delivered, the milestone needs %s', NEW.delivered_units, due));
        END IF;
    ELSIF NEW.state = 'ACCEPTED' THEN
        IF NEW.accepted_by_organization = c.organization_id THEN
            PERFORM sanshe_refuse('EVALUATOR_OF_CONTRACTOR', '验收人不得属于承接方', 'whoever accepts is not of the contractor');
        END IF;
        due := prc_parameter('prc.acceptance.min_signatures', c.division_code, prc_day(NEW.accepted_at));
        IF (SELECT count(*) FROM acceptance_signatures s WHERE s.milestone_id = NEW.id AND s.satisfied) < due THEN
            PERFORM sanshe_refuse('ACCEPTANCE_SIGNATURES_MISSING',
                format('服务对象签字满意的不足 %s 人', due),
                format('fewer than %s recipients have signed that they are satisfied', due));
        END IF;
    ELSIF NEW.state = 'PAID' AND NOT EXISTS (SELECT 1 FROM payments p WHERE p.milestone_id = NEW.id) THEN
        PERFORM sanshe_refuse('PAYMENT_MISSING', '没有支付记录', 'there is no payment');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER milestones_guard BEFORE INSERT OR UPDATE ON milestones
    FOR EACH ROW EXECUTE FUNCTION milestones_guard();

CREATE FUNCTION payments_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    m milestones;
    c contracts;
BEGIN
    SELECT * INTO m FROM milestones WHERE id = NEW.milestone_id;
    SELECT * INTO c FROM contracts WHERE id = NEW.contract_id;
    IF m.state <> 'ACCEPTED' THEN
        PERFORM sanshe_refuse('MILESTONE_NOT_ACCEPTED', '节点未验收,不能支付', 'no payment without acceptance');
    END IF;
    IF NEW.amount_fen <> m.amount_fen OR NEW.fund_id <> c.fund_id THEN
        PERFORM sanshe_refuse('PAYMENT_DIFFERS', '支付金额或资金与合同不一致', 'amount or fund differ from the contract');
    END IF;
    IF (SELECT coalesce(sum(p.amount_fen), 0) FROM payments p WHERE p.contract_id = c.id) + NEW.amount_fen > c.amount_fen THEN
        PERFORM sanshe_refuse('PAYMENT_OVER_CONTRACT', '支付合计不得超过合同金额', 'payments never exceed the contract');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER payments_guard BEFORE INSERT ON payments
    FOR EACH ROW EXECUTE FUNCTION payments_guard();

CREATE FUNCTION tenders_contracts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'CONTRACTED' AND NOT EXISTS (SELECT 1 FROM contracts c WHERE c.tender_id = NEW.id) THEN
        PERFORM sanshe_refuse('CONTRACT_MISSING', '没有合同', 'there is no contract');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tenders_guard_contracts BEFORE UPDATE ON tenders
    FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION tenders_contracts();

REVOKE INSERT, UPDATE, DELETE ON milestone_transitions FROM sanshe_app;
REVOKE DELETE ON contracts, milestones FROM sanshe_app;
REVOKE UPDATE, DELETE ON acceptance_signatures, payments FROM sanshe_app;
