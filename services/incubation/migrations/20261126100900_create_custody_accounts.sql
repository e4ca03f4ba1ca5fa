-- 公益创投资金托管 (A33, T5, T8): money of organisations that are filed, and so no
-- legal person, kept by the service centre of their community.
CREATE TABLE custody_accounts (
    id              uuid PRIMARY KEY,
    centre_id       uuid NOT NULL REFERENCES service_centres (id),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    division_code   text NOT NULL,
    opened_on       date NOT NULL,
    closed_on       date,
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT custody_days CHECK (closed_on >= opened_on)
);
CREATE UNIQUE INDEX custody_account_exists ON custody_accounts (organization_id)
    WHERE closed_on IS NULL;
CREATE INDEX custody_accounts_by_division ON custody_accounts (division_code text_pattern_ops, id);
REVOKE UPDATE, DELETE ON custody_accounts FROM sanshe_app;
GRANT UPDATE (closed_on, version, updated_at) ON custody_accounts TO sanshe_app;

CREATE FUNCTION custody_accounts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    body organizations%ROWTYPE;
    centre service_centres%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.closed_on IS NOT NULL THEN
            PERFORM sanshe_refuse('CUSTODY_CLOSED', '该托管账户已销户', 'the account has been closed');
        END IF;
        IF NEW.closed_on IS NOT NULL AND money_balance(NEW.id, 'CUSTODY') <> 0 THEN
            PERFORM sanshe_refuse('CUSTODY_NOT_EMPTY', '账户尚有余额,不能销户', 'an account is closed when it is empty');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO body FROM organizations WHERE id = NEW.organization_id FOR SHARE;
    IF body.kind <> 'FILED' OR body.status <> 'FILED' THEN
        PERFORM sanshe_refuse('CUSTODY_ONLY_FILED', '只为备案的社区社会组织代管资金', 'money is kept for filed organisations alone');
    END IF;
    SELECT * INTO centre FROM service_centres WHERE id = NEW.centre_id FOR SHARE;
    -- Filed with the community itself, or with a subdistrict that it lies in.
    IF centre.level <> 'COMMUNITY' OR centre.closed_on IS NOT NULL
       OR centre.division_code <> NEW.division_code
       OR NOT starts_with(centre.division_code, division_prefix(body.registrar_division)) THEN
        PERFORM sanshe_refuse('CUSTODY_CENTRE', '须由本社区的社会组织服务中心代管', 'the service centre of its own community keeps it');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER custody_accounts_guard BEFORE INSERT OR UPDATE ON custody_accounts
    FOR EACH ROW EXECUTE FUNCTION custody_accounts_guard();

-- 用款申请. The organisation asks, another account of the centre pays or refuses.
CREATE TABLE custody_requests (
    id           uuid PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES custody_accounts (id),
    amount_fen   bigint NOT NULL CONSTRAINT custody_amount CHECK (amount_fen > 0),
    purpose      text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 200),
    payee        text NOT NULL CHECK (length(payee) BETWEEN 1 AND 100),
    evidence     text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 1000),
    state        text NOT NULL,
    requested_by text NOT NULL,
    requested_on date NOT NULL,
    decided_by   text,
    decided_on   date,
    reason       text CHECK (length(reason) BETWEEN 1 AND 500),
    entry_id     uuid CONSTRAINT custody_entry_once UNIQUE REFERENCES money_entries (id),
    created_at   timestamptz NOT NULL,
    version      integer NOT NULL DEFAULT 1,
    CONSTRAINT custody_decided CHECK (num_nonnulls(decided_by, decided_on) =
        CASE WHEN state = 'REQUESTED' THEN 0 ELSE 2 END),
    CONSTRAINT custody_paid CHECK ((state = 'PAID') = (entry_id IS NOT NULL)),
    CONSTRAINT custody_refused CHECK (state <> 'REFUSED' OR reason IS NOT NULL),
    CONSTRAINT custody_two_people CHECK (decided_by <> requested_by)
);
CREATE INDEX custody_requests_of ON custody_requests (account_id, id);
REVOKE UPDATE, DELETE ON custody_requests FROM sanshe_app;
GRANT UPDATE (state, decided_by, decided_on, reason, entry_id, version) ON custody_requests TO sanshe_app;
INSERT INTO state_transitions VALUES
    ('custody_request', 'REQUESTED', 'PAID'), ('custody_request', 'REQUESTED', 'REFUSED');
CREATE TRIGGER custody_requests_state BEFORE INSERT OR UPDATE ON custody_requests
    FOR EACH ROW EXECUTE FUNCTION state_guard('custody_request', 'REQUESTED');

-- Checked at commit: money leaves custody for a request that was granted, in
-- full and to nobody's advantage; it enters an account that is open.
CREATE FUNCTION custody_entries_agree() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.kind = 'CUSTODY_PAID' AND NOT EXISTS (
        SELECT 1 FROM custody_requests r
        WHERE r.entry_id = NEW.id AND r.account_id = NEW.owner_id AND r.state = 'PAID'
          AND r.amount_fen = NEW.amount_fen AND r.decided_by = NEW.booked_by) THEN
        PERFORM sanshe_refuse('CUSTODY_UNREQUESTED', '没有相应的获准用款申请', 'no request was granted for this payment');
    END IF;
    IF starts_with(NEW.kind, 'CUSTODY_') AND NOT EXISTS (
        SELECT 1 FROM custody_accounts a WHERE a.id = NEW.owner_id AND a.closed_on IS NULL) THEN
        PERFORM sanshe_refuse('CUSTODY_CLOSED', '没有开立中的托管账户', 'there is no open account');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER custody_entries_agree AFTER INSERT ON money_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION custody_entries_agree();

-- A centre does not close over money that it keeps.
CREATE FUNCTION service_centres_closing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.closed_on IS NOT NULL AND OLD.closed_on IS NULL AND EXISTS (
        SELECT 1 FROM custody_accounts a WHERE a.centre_id = NEW.id AND a.closed_on IS NULL) THEN
        PERFORM sanshe_refuse('SERVICE_CENTRE_KEEPS_MONEY', '该中心仍有未销户的托管账户,不能撤销',
            'the centre still keeps money in accounts that are open');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER service_centres_closing BEFORE UPDATE ON service_centres
    FOR EACH ROW EXECUTE FUNCTION service_centres_closing();
