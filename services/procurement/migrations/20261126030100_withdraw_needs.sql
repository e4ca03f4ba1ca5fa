-- 出路: a need that is no longer wanted, a tender whose winner does not sign, a
-- contract that ends early. What was held for them goes back through the ledger
-- in the same transaction, or the database refuses the step.
ALTER TABLE fund_entries DROP CONSTRAINT fund_entries_kind_check;
ALTER TABLE fund_entries ADD CONSTRAINT fund_entries_kind_check
    CHECK (kind IN ('APPROPRIATE', 'RESERVE', 'RELEASE', 'COMMIT', 'UNCOMMIT', 'PAY', 'RECOVER'));
-- What was held for one thing is given back once.
CREATE UNIQUE INDEX fund_release_once ON fund_entries (kind, reference) WHERE kind IN ('RELEASE', 'UNCOMMIT');

ALTER TABLE procurement_needs
    ADD COLUMN ended_reason text CHECK (length(ended_reason) BETWEEN 1 AND 500),
    ADD COLUMN ended_at timestamptz,
    ADD CONSTRAINT need_end_unexplained CHECK (state NOT IN ('WITHDRAWN', 'TERMINATED')
        OR (ended_reason IS NOT NULL AND ended_at IS NOT NULL));
-- A chain whose need came to nothing may raise another.
ALTER TABLE procurement_needs DROP CONSTRAINT need_of_trace_exists, DROP CONSTRAINT need_of_proposal_exists;
CREATE UNIQUE INDEX need_of_trace_exists ON procurement_needs (trace_id)
    WHERE state NOT IN ('WITHDRAWN', 'TERMINATED');
CREATE UNIQUE INDEX need_of_proposal_exists ON procurement_needs (proposal_id)
    WHERE state NOT IN ('WITHDRAWN', 'TERMINATED');
CREATE INDEX procurement_needs_by_trace ON procurement_needs (trace_id, id);

INSERT INTO procurement_need_transitions VALUES
    ('RAISED', 'WITHDRAWN'), ('RESERVED', 'WITHDRAWN'), ('CONTRACTED', 'TERMINATED');

CREATE FUNCTION procurement_needs_ended() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held reservations;
BEGIN
    IF NEW.state = 'WITHDRAWN' THEN
        SELECT * INTO held FROM reservations r WHERE r.need_id = NEW.id;
        IF FOUND AND NOT EXISTS (
            SELECT 1 FROM fund_entries e WHERE e.kind = 'RELEASE' AND e.reference = NEW.id
              AND e.fund_id = held.fund_id AND e.amount_fen = held.amount_fen) THEN
            PERFORM sanshe_refuse('BUDGET_NOT_RELEASED',
                '撤回采购需求须同时释放预留的预算', 'a need is withdrawn together with the release of its budget');
        END IF;
    ELSIF NOT EXISTS (SELECT 1 FROM contracts c WHERE c.need_id = NEW.id AND c.state = 'TERMINATED') THEN
        PERFORM sanshe_refuse('CONTRACT_NOT_TERMINATED',
            '合同未终止,采购需求不能终止', 'a need ends early only with its contract');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER procurement_needs_guard_end BEFORE UPDATE ON procurement_needs
    FOR EACH ROW WHEN (NEW.state IN ('WITHDRAWN', 'TERMINATED') AND NEW.state <> OLD.state)
    EXECUTE FUNCTION procurement_needs_ended();

-- No budget is released under a need that goes on.
CREATE FUNCTION fund_entries_purpose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'RELEASE' AND EXISTS (
        SELECT 1 FROM procurement_needs n WHERE n.id = NEW.reference AND n.state <> 'WITHDRAWN') THEN
        PERFORM sanshe_refuse('RELEASE_WITHOUT_WITHDRAWAL',
            '采购需求未撤回,不得释放其预算', 'the budget of a need that goes on stays held');
    END IF;
    IF NEW.kind = 'UNCOMMIT' AND NOT EXISTS (
        SELECT 1 FROM contracts c WHERE c.id = NEW.reference AND c.state = 'TERMINATED') THEN
        PERFORM sanshe_refuse('RELEASE_WITHOUT_TERMINATION',
            '合同未终止,不得解除承付', 'what is committed stays committed while the contract goes on');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER fund_entries_purpose AFTER INSERT ON fund_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.kind IN ('RELEASE', 'UNCOMMIT')) EXECUTE FUNCTION fund_entries_purpose();

-- 定标后废标: after the award only for a reason the law knows.
ALTER TABLE tenders ADD COLUMN abandoned_ground text
    CHECK (abandoned_ground IN ('TOO_FEW', 'IRREGULARITY', 'OVER_BUDGET', 'CANCELLED', 'CHALLENGE_UPHELD', 'WINNER_DECLINED'));
INSERT INTO tender_transitions VALUES ('AWARDED', 'ABANDONED'), ('RESULT_PUBLISHED', 'ABANDONED');
CREATE FUNCTION tenders_abandoned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.abandoned_ground IS NULL
       OR NEW.abandoned_ground NOT IN ('IRREGULARITY', 'CHALLENGE_UPHELD', 'WINNER_DECLINED') THEN
        PERFORM sanshe_refuse('ABANDON_GROUND_MISSING',
            '定标后废标须有法定事由', 'after the award a tender is abandoned only on a ground of the law');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tenders_guard_abandoned BEFORE UPDATE ON tenders
    FOR EACH ROW WHEN (NEW.state = 'ABANDONED' AND OLD.state IN ('AWARDED', 'RESULT_PUBLISHED'))
    EXECUTE FUNCTION tenders_abandoned();
