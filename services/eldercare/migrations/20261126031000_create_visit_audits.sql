-- 回访抽查 (A56, SM-11): a random share of the settled visits, and those that
-- somebody doubts, is called back; another one than who called decides whether
-- the visit stands. One that does not stand is undone: its minutes go back, its
-- unit may be ordered again.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('ec.audit.share_permille', 50, 'per mille', '[2019-01-01,)',
     '示范默认值,待市级文件核定(已结算上门服务的随机回访比例)'),
    ('ec.audit.due_days', 7, 'days', '[2019-01-01,)',
     '示范默认值,待市级文件核定(回访抽查办结期限)');

INSERT INTO visit_transitions VALUES ('SETTLED', 'VOIDED');
INSERT INTO order_transitions VALUES ('SETTLED', 'CANCELLED');

CREATE TABLE visit_audits (
    id            uuid PRIMARY KEY,
    visit_id      uuid NOT NULL CONSTRAINT visit_audit_exists UNIQUE REFERENCES visits (id),
    elder_id      uuid NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    -- None where chance chose the visit.
    doubt         text CHECK (length(doubt) BETWEEN 1 AND 500),
    flagged_by    text NOT NULL CHECK (flagged_by <> ''),
    flagged_at    timestamptz NOT NULL,
    due_at        timestamptz NOT NULL CHECK (due_at > flagged_at),
    state         text NOT NULL CHECK (state IN ('FLAGGED', 'AUDITED', 'UPHELD', 'VOIDED')),
    method        text CHECK (method IN ('PHONE', 'HOME')),
    took_place    boolean,
    findings      text CHECK (length(findings) BETWEEN 1 AND 1000),
    audited_by    text,
    audited_at    timestamptz,
    reasons       text CHECK (length(reasons) BETWEEN 1 AND 1000),
    decided_by    text,
    decided_at    timestamptz,
    version       integer NOT NULL DEFAULT 1,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT visit_audit_audited CHECK ((state = 'FLAGGED') = (audited_at IS NULL)
        AND (audited_at IS NULL) = (audited_by IS NULL) AND (audited_at IS NULL) = (method IS NULL)
        AND (audited_at IS NULL) = (took_place IS NULL) AND (audited_at IS NULL) = (findings IS NULL)),
    CONSTRAINT visit_audit_decided CHECK ((state IN ('UPHELD', 'VOIDED')) = (decided_at IS NOT NULL)
        AND (decided_at IS NULL) = (decided_by IS NULL) AND (decided_at IS NULL) = (reasons IS NULL)),
    -- Four eyes: who called does not decide.
    CONSTRAINT visit_audit_self_decided CHECK (decided_by <> audited_by)
);
CREATE INDEX visit_audits_by_division ON visit_audits (division_code text_pattern_ops, id);
CREATE INDEX visit_audits_due ON visit_audits (due_at) WHERE state IN ('FLAGGED', 'AUDITED');
REVOKE UPDATE, DELETE ON visit_audits FROM sanshe_app;
GRANT UPDATE (state, method, took_place, findings, audited_by, audited_at, reasons, decided_by,
              decided_at, version, updated_at) ON visit_audits TO sanshe_app;

CREATE FUNCTION visit_audits_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'FLAGGED' OR NOT EXISTS (
            SELECT 1 FROM visits v WHERE v.id = NEW.visit_id AND v.state = 'SETTLED'
              AND v.elder_id = NEW.elder_id AND v.division_code = NEW.division_code) THEN
            PERFORM sanshe_refuse('VISIT_AUDIT_STATE', '只能抽查已结算的上门服务',
                'only settled visits are called back');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.visit_id, NEW.elder_id, NEW.division_code, NEW.doubt, NEW.flagged_by,
        NEW.flagged_at, NEW.due_at)
       IS DISTINCT FROM
       (OLD.id, OLD.visit_id, OLD.elder_id, OLD.division_code, OLD.doubt, OLD.flagged_by,
        OLD.flagged_at, OLD.due_at)
       OR (OLD.audited_at IS NOT NULL AND (NEW.method, NEW.took_place, NEW.findings, NEW.audited_by,
           NEW.audited_at) IS DISTINCT FROM (OLD.method, OLD.took_place, OLD.findings,
           OLD.audited_by, OLD.audited_at)) THEN
        PERFORM sanshe_refuse('VISIT_AUDIT_FIXED', '抽查记录不可更改', 'what an audit found never changes');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
       (('FLAGGED', 'AUDITED'), ('AUDITED', 'UPHELD'), ('AUDITED', 'VOIDED')) THEN
        PERFORM sanshe_refuse('VISIT_AUDIT_STATE',
            format('抽查不能从 %s 变为 %s', OLD.state, NEW.state),
            format('an audit cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'AUDITED' AND OLD.state = 'FLAGGED' AND EXISTS (
        SELECT 1 FROM visits v WHERE v.id = NEW.visit_id AND v.confirmed_by = NEW.audited_by) THEN
        PERFORM sanshe_refuse('VISIT_AUDIT_BY_CONFIRMER', '确认该次服务的人不能再做回访抽查',
            'whoever confirmed the visit does not call it back');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER visit_audits_guard BEFORE INSERT OR UPDATE ON visit_audits
    FOR EACH ROW EXECUTE FUNCTION visit_audits_guard();

-- Checked at commit: a visit is void exactly where its audit says so, and then
-- nothing that it moved stands any more.
CREATE FUNCTION visits_voided() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    visit uuid := CASE WHEN TG_TABLE_NAME = 'visits' THEN (to_jsonb(NEW) ->> 'id')::uuid
                       ELSE (to_jsonb(NEW) ->> 'visit_id')::uuid END;
BEGIN
    IF (SELECT v.state = 'VOIDED' FROM visits v WHERE v.id = visit)
       IS DISTINCT FROM coalesce((SELECT a.state = 'VOIDED' FROM visit_audits a
                                  WHERE a.visit_id = visit), false) THEN
        PERFORM sanshe_refuse('VISIT_VOID_BY_AUDIT', '只有经抽查认定不实的上门服务才能作废',
            'a visit is void exactly where its audit says so');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER visits_voided AFTER UPDATE ON visits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'VOIDED')
    EXECUTE FUNCTION visits_voided();
CREATE CONSTRAINT TRIGGER visit_audits_voided AFTER UPDATE ON visit_audits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'VOIDED')
    EXECUTE FUNCTION visits_voided();

-- An order that was settled is called off only with its visit.
CREATE FUNCTION orders_voided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM visits v WHERE v.order_id = NEW.id AND v.state = 'VOIDED') THEN
        PERFORM sanshe_refuse('ORDER_STATE', '已结算的订单不能取消', 'a settled order is not cancelled');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER orders_voided AFTER UPDATE ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.state = 'SETTLED' AND NEW.state = 'CANCELLED') EXECUTE FUNCTION orders_voided();
