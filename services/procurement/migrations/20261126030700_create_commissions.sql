-- 特定委托 (A71): bought from one supplier, an organisation or a social worker, for a
-- reason of the law, shown to everybody before it is signed.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('prc.commission.publicity_working_days', 5, '工作日', '[2015-03-01,)', '政府采购法实施条例 第三十八条'),
    ('prc.commission.continuity_percent', 10, '%', '[2003-01-01,)', '中华人民共和国政府采购法 第三十一条(添购不超过原合同金额的百分之十)');

CREATE TABLE commissions (
    id               uuid PRIMARY KEY,
    trace_id         uuid NOT NULL,
    need_id          uuid NOT NULL REFERENCES procurement_needs (id),
    community_id     uuid NOT NULL,
    division_code    text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    fund_id          uuid NOT NULL REFERENCES funds (id),
    organization_id  uuid,
    social_worker_id uuid,
    title            text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    ground           text NOT NULL CHECK (ground IN ('UNIQUE_SUPPLIER', 'EMERGENCY', 'CONTINUITY')),
    reasons          text NOT NULL CHECK (length(reasons) BETWEEN 1 AND 4000),
    -- 添购的原合同.
    continues_id     uuid REFERENCES contracts (id),
    amount_fen       bigint NOT NULL CHECK (amount_fen > 0),
    state            text NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    published_by     text NOT NULL,
    published_at     timestamptz NOT NULL,
    objections_until timestamptz NOT NULL,
    ended_at         timestamptz,
    ended_reason     text CHECK (length(ended_reason) BETWEEN 1 AND 2000),
    updated_at       timestamptz NOT NULL,
    CONSTRAINT commission_supplier CHECK ((organization_id IS NULL) <> (social_worker_id IS NULL)),
    CONSTRAINT commission_continues CHECK ((ground = 'CONTINUITY') = (continues_id IS NOT NULL)),
    CONSTRAINT commission_end CHECK (state <> 'CANCELLED' OR (ended_at IS NOT NULL AND ended_reason IS NOT NULL))
);
CREATE UNIQUE INDEX commission_exists ON commissions (need_id) WHERE state <> 'CANCELLED';
CREATE INDEX commissions_by_division ON commissions (division_code text_pattern_ops, id);

CREATE TABLE commission_milestones (
    commission_id uuid NOT NULL REFERENCES commissions (id),
    seq           integer NOT NULL,
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    units         bigint NOT NULL CHECK (units > 0),
    percent       integer NOT NULL CHECK (percent BETWEEN 1 AND 100),
    PRIMARY KEY (commission_id, seq)
);

CREATE TABLE commission_objections (
    id            uuid PRIMARY KEY,
    commission_id uuid NOT NULL REFERENCES commissions (id),
    text          text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    raised_by     text NOT NULL,
    raised_at     timestamptz NOT NULL,
    upheld        boolean,
    answer        text CHECK (length(answer) BETWEEN 1 AND 2000),
    answered_by   text,
    answered_at   timestamptz,
    CONSTRAINT objection_answer_missing CHECK ((upheld IS NULL) = (answer IS NULL)
        AND (answer IS NULL) = (answered_by IS NULL) AND (answer IS NULL) = (answered_at IS NULL))
);
CREATE INDEX commission_objections_by_commission ON commission_objections (commission_id, id);

CREATE TABLE commission_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO commission_transitions VALUES ('PUBLISHED', 'SIGNED'), ('PUBLISHED', 'CANCELLED');

CREATE FUNCTION commissions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    days bigint;
    share bigint;
    before contracts;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PUBLISHED' THEN
            PERFORM sanshe_refuse('COMMISSION_STATE', '特定委托只能从公示开始', 'a commission begins as PUBLISHED');
        END IF;
        days := prc_parameter('prc.commission.publicity_working_days', NEW.division_code, prc_day(NEW.published_at));
        -- The term ends with its last day, at the first instant of the next.
        IF prc_working_days(prc_day(NEW.published_at), prc_day(NEW.objections_until - interval '1 second')) < days THEN
            PERFORM sanshe_refuse('COMMISSION_PUBLICITY_TOO_SHORT',
                format('公示期不得少于 %s 个工作日', days), format('a commission is on show for at least %s working days', days));
        END IF;
        IF NEW.ground = 'CONTINUITY' THEN
            SELECT * INTO before FROM contracts c WHERE c.id = NEW.continues_id;
            share := prc_parameter('prc.commission.continuity_percent', NEW.division_code, prc_day(NEW.published_at));
            IF (NEW.amount_fen + (SELECT coalesce(sum(c.amount_fen), 0) FROM commissions c
                                  WHERE c.continues_id = NEW.continues_id AND c.state <> 'CANCELLED')) * 100
               > before.amount_fen * share THEN
                PERFORM sanshe_refuse('CONTINUITY_ABOVE_SHARE',
                    format('添购金额不得超过原合同的 %s%%', share), format('at most %s %% of the first contract is added', share));
            END IF;
            IF NEW.organization_id IS DISTINCT FROM before.organization_id THEN
                PERFORM sanshe_refuse('CONTINUITY_OTHER_SUPPLIER', '添购须向原供应商采购', 'what is added comes from the first contractor');
            END IF;
        END IF;
        IF EXISTS (SELECT 1 FROM tenders t WHERE t.need_id = NEW.need_id AND t.state <> 'ABANDONED') THEN
            PERFORM sanshe_refuse('NEED_UNDER_TENDER', '该需求正在招标', 'a tender is under way for this need');
        END IF;
        IF NEW.amount_fen > (SELECT r.amount_fen FROM reservations r WHERE r.need_id = NEW.need_id AND r.fund_id = NEW.fund_id) THEN
            PERFORM sanshe_refuse('COMMISSION_ABOVE_BUDGET', '委托金额超过预算', 'the amount is above the budget');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.trace_id, NEW.need_id, NEW.fund_id, NEW.organization_id, NEW.social_worker_id, NEW.title, NEW.ground, NEW.reasons,
        NEW.continues_id, NEW.amount_fen, NEW.published_at, NEW.objections_until)
       IS DISTINCT FROM (OLD.trace_id, OLD.need_id, OLD.fund_id, OLD.organization_id, OLD.social_worker_id, OLD.title, OLD.ground, OLD.reasons,
        OLD.continues_id, OLD.amount_fen, OLD.published_at, OLD.objections_until) THEN
        PERFORM sanshe_refuse('COMMISSION_FIXED', '公示内容不可更改', 'what was published never changes');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM commission_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('COMMISSION_STATE',
            format('特定委托不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a commission cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'SIGNED' AND NOT EXISTS (SELECT 1 FROM contracts c WHERE c.commission_id = NEW.id) THEN
        PERFORM sanshe_refuse('CONTRACT_MISSING', '没有合同', 'there is no contract');
    END IF;
    RETURN NEW;
END
$$;

ALTER TABLE contracts
    ALTER COLUMN tender_id DROP NOT NULL,
    ALTER COLUMN award_id DROP NOT NULL,
    ALTER COLUMN organization_id DROP NOT NULL,
    ADD COLUMN commission_id uuid CONSTRAINT commission_contract_exists UNIQUE REFERENCES commissions (id),
    ADD COLUMN social_worker_id uuid,
    ADD CONSTRAINT contract_origin CHECK ((tender_id IS NULL) <> (commission_id IS NULL)
        AND (tender_id IS NULL) = (award_id IS NULL)),
    ADD CONSTRAINT contract_contractor CHECK ((organization_id IS NULL) <> (social_worker_id IS NULL));
CREATE TRIGGER commissions_guard BEFORE INSERT OR UPDATE ON commissions
    FOR EACH ROW EXECUTE FUNCTION commissions_guard();

CREATE FUNCTION commission_objections_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE c commissions;
BEGIN
    SELECT * INTO c FROM commissions WHERE id = NEW.commission_id;
    IF TG_OP = 'INSERT' THEN
        IF c.state <> 'PUBLISHED' OR NEW.raised_at > c.objections_until THEN
            PERFORM sanshe_refuse('OBJECTION_CLOSED', '不在公示期内', 'the time for objections is not now');
        END IF;
    ELSIF OLD.answer IS NOT NULL OR (NEW.commission_id, NEW.text, NEW.raised_by, NEW.raised_at)
       IS DISTINCT FROM (OLD.commission_id, OLD.text, OLD.raised_by, OLD.raised_at) THEN
        PERFORM sanshe_refuse('OBJECTION_FIXED', '异议和答复不可更改', 'an objection and its answer never change');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER commission_objections_guard BEFORE INSERT OR UPDATE ON commission_objections
    FOR EACH ROW EXECUTE FUNCTION commission_objections_guard();

-- What a contract out of a commission must be; contracts_guard judges those out of
-- a tender.
CREATE FUNCTION contracts_of_commission() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE m commissions;
BEGIN
    SELECT * INTO m FROM commissions WHERE id = NEW.commission_id;
    IF m.state <> 'PUBLISHED' THEN
        PERFORM sanshe_refuse('COMMISSION_STATE', '特定委托不在公示中', 'the commission is not on show');
    END IF;
    IF (NEW.organization_id, NEW.social_worker_id, NEW.amount_fen, NEW.need_id, NEW.fund_id)
       IS DISTINCT FROM (m.organization_id, m.social_worker_id, m.amount_fen, m.need_id, m.fund_id) THEN
        PERFORM sanshe_refuse('CONTRACT_DIFFERS_FROM_COMMISSION', '合同须与公示内容一致', 'the contract is what was on show');
    END IF;
    IF NEW.signed_at <= m.objections_until OR EXISTS (
        SELECT 1 FROM commission_objections o WHERE o.commission_id = m.id AND o.answer IS NULL) THEN
        PERFORM sanshe_refuse('OBJECTIONS_OPEN', '公示期未满或仍有异议未答复', 'the time for objections runs, or one is not answered');
    END IF;
    IF EXISTS (SELECT 1 FROM commission_objections o WHERE o.commission_id = m.id AND o.upheld) THEN
        PERFORM sanshe_refuse('OBJECTION_UPHELD', '异议成立,不得签订合同', 'an objection was upheld: no contract');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contracts_guard_commission BEFORE INSERT ON contracts
    FOR EACH ROW WHEN (NEW.commission_id IS NOT NULL) EXECUTE FUNCTION contracts_of_commission();
DROP TRIGGER contracts_guard ON contracts;
CREATE TRIGGER contracts_guard BEFORE INSERT ON contracts
    FOR EACH ROW WHEN (NEW.commission_id IS NULL) EXECUTE FUNCTION contracts_guard();
CREATE TRIGGER contracts_guard_update BEFORE UPDATE ON contracts
    FOR EACH ROW EXECUTE FUNCTION contracts_guard();
CREATE FUNCTION contracts_origin_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM sanshe_refuse('CONTRACT_IMMUTABLE', '合同内容不可更改', 'a contract never changes');
    RETURN NEW;
END
$$;
CREATE TRIGGER contracts_guard_origin BEFORE UPDATE ON contracts FOR EACH ROW
    WHEN (NEW.commission_id IS DISTINCT FROM OLD.commission_id OR NEW.social_worker_id IS DISTINCT FROM OLD.social_worker_id)
    EXECUTE FUNCTION contracts_origin_fixed();

REVOKE INSERT, UPDATE, DELETE ON commission_transitions FROM sanshe_app;
REVOKE DELETE ON commissions, commission_objections FROM sanshe_app;
REVOKE UPDATE, DELETE ON commission_milestones FROM sanshe_app;
