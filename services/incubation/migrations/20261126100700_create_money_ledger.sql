-- 押金与托管资金账 (A33, A43). Double entry in 分: the service may only say what
-- happened (an entry); the trigger of the schema's owner writes both sides and
-- moves the balances, so that no entry can be one-sided and no balance typed in.
CREATE TABLE money_accounts (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- BANK is the world outside: what came in stands there as owed.
    kind        text NOT NULL CHECK (kind IN ('BANK', 'DEPOSIT', 'DEDUCTION', 'CUSTODY')),
    -- The licence or the custody account.
    owner_id    uuid NOT NULL,
    balance_fen bigint NOT NULL DEFAULT 0,
    CONSTRAINT money_account_owner UNIQUE (owner_id, kind),
    CONSTRAINT money_insufficient CHECK (kind = 'BANK' OR balance_fen >= 0)
);
REVOKE INSERT, UPDATE, DELETE ON money_accounts FROM sanshe_app;

-- From which account to which, by what happened.
CREATE TABLE money_rules (
    kind         text PRIMARY KEY,
    from_account text NOT NULL,
    to_account   text NOT NULL CHECK (to_account <> from_account)
);
INSERT INTO money_rules VALUES
    ('DEPOSIT_PAID', 'BANK', 'DEPOSIT'), ('DEPOSIT_REFUNDED', 'DEPOSIT', 'BANK'),
    ('DEPOSIT_DEDUCTED', 'DEPOSIT', 'DEDUCTION'), ('DEPOSIT_FORFEITED', 'DEPOSIT', 'DEDUCTION'),
    ('CUSTODY_RECEIVED', 'BANK', 'CUSTODY'), ('CUSTODY_PAID', 'CUSTODY', 'BANK');
REVOKE INSERT, UPDATE, DELETE ON money_rules FROM sanshe_app;

CREATE TABLE money_entries (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CONSTRAINT money_entry_kind REFERENCES money_rules (kind),
    owner_id    uuid NOT NULL,
    amount_fen  bigint NOT NULL CONSTRAINT money_amount CHECK (amount_fen > 0),
    -- Which stage a refund is of.
    stage_no    integer,
    subject     text NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
    evidence    text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 1000),
    booked_on   date NOT NULL,
    booked_by   text NOT NULL,
    created_at  timestamptz NOT NULL,
    position    bigint GENERATED ALWAYS AS IDENTITY,
    CONSTRAINT money_entry_stage CHECK ((kind = 'DEPOSIT_REFUNDED') = (stage_no IS NOT NULL))
);
-- A deposit is paid once, and a stage refunded once.
CREATE UNIQUE INDEX deposit_paid_once ON money_entries (owner_id) WHERE kind = 'DEPOSIT_PAID';
CREATE UNIQUE INDEX stage_refunded_once ON money_entries (owner_id, stage_no)
    WHERE kind = 'DEPOSIT_REFUNDED';
CREATE INDEX money_entries_of ON money_entries (owner_id, position);
CREATE TRIGGER money_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON money_entries
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON money_entries FROM sanshe_app;

CREATE TABLE money_postings (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id      uuid NOT NULL REFERENCES money_entries (id),
    account_id    uuid NOT NULL REFERENCES money_accounts (id),
    amount_fen    bigint NOT NULL CHECK (amount_fen <> 0),
    balance_after bigint NOT NULL,
    CONSTRAINT money_posting_once UNIQUE (entry_id, account_id)
);
CREATE INDEX money_postings_by_account ON money_postings (account_id, id);
CREATE TRIGGER money_postings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON money_postings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE INSERT, UPDATE, DELETE ON money_postings FROM sanshe_app;

CREATE FUNCTION money_entries_post() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    rule money_rules%ROWTYPE;
    side record;
BEGIN
    SELECT * INTO rule FROM money_rules WHERE kind = NEW.kind;
    INSERT INTO money_accounts (kind, owner_id)
    VALUES (rule.from_account, NEW.owner_id), (rule.to_account, NEW.owner_id)
    ON CONFLICT (owner_id, kind) DO NOTHING;
    -- Accounts in the order of their kinds, so that no two entries wait for one another.
    FOR side IN
        SELECT s.kind, s.amount FROM (VALUES (rule.from_account, -NEW.amount_fen),
            (rule.to_account, NEW.amount_fen)) AS s (kind, amount) ORDER BY s.kind
    LOOP
        WITH moved AS (
            UPDATE money_accounts a SET balance_fen = a.balance_fen + side.amount
            WHERE a.owner_id = NEW.owner_id AND a.kind = side.kind
            RETURNING a.id, a.balance_fen)
        INSERT INTO money_postings (entry_id, account_id, amount_fen, balance_after)
        SELECT NEW.id, moved.id, side.amount, moved.balance_fen FROM moved;
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER money_entries_post AFTER INSERT ON money_entries
    FOR EACH ROW EXECUTE FUNCTION money_entries_post();

-- Checked at commit, also where the schema's owner writes by hand: what one
-- account gains the other loses.
CREATE FUNCTION money_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(p.amount_fen), 0) <> 0 OR count(*) <> 2
        FROM money_postings p WHERE p.entry_id = NEW.entry_id) THEN
        PERFORM sanshe_refuse('ENTRY_UNBALANCED', '分录借贷不平', 'the postings of an entry must sum to zero');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER money_postings_balanced AFTER INSERT ON money_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION money_balanced();

CREATE FUNCTION money_balance(of_owner uuid, of_kind text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce((SELECT balance_fen FROM money_accounts
                     WHERE owner_id = of_owner AND kind = of_kind), 0)
$$;
CREATE FUNCTION money_total(of_owner uuid, of_kind text) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(amount_fen), 0)::bigint FROM money_entries
    WHERE owner_id = of_owner AND kind = of_kind
$$;
