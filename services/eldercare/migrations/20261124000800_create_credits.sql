-- 时间积分账本 (A55, B11, SM-12). Double entry in whole minutes; no column here
-- is money. Balances move only by postings and holds: the runtime role may
-- insert those, and the triggers of the schema's owner move the accounts.
CREATE TABLE credit_accounts (
    id            uuid PRIMARY KEY,
    owner_kind    text NOT NULL CHECK (owner_kind IN ('PERSON', 'ORG', 'POOL', 'SYSTEM')),
    -- The nil uuid for the pool and the system.
    owner_id      uuid NOT NULL,
    division_code text CHECK (division_code ~ '^[0-9]{12}$'),
    balance       bigint NOT NULL DEFAULT 0,
    held          bigint NOT NULL DEFAULT 0,
    -- None is without limit: the pool upwards, the system both ways.
    cap           bigint CHECK (cap >= 0),
    floor         bigint DEFAULT 0,
    opened_at     timestamptz NOT NULL,
    CONSTRAINT credit_account_owner UNIQUE (owner_kind, owner_id),
    CONSTRAINT credits_insufficient CHECK (floor IS NULL OR balance - held >= floor),
    CONSTRAINT credits_over_cap CHECK (cap IS NULL OR balance <= cap),
    CONSTRAINT credits_held CHECK (held >= 0),
    CONSTRAINT credits_floor CHECK (floor IS NOT NULL OR owner_kind = 'SYSTEM'),
    CONSTRAINT credits_cap CHECK (cap IS NOT NULL OR owner_kind IN ('POOL', 'SYSTEM', 'ORG'))
);
INSERT INTO credit_accounts (id, owner_kind, owner_id, cap, floor, opened_at) VALUES
    ('00000000-0000-7000-8000-000000000001', 'SYSTEM',
     '00000000-0000-0000-0000-000000000000', NULL, NULL, '2020-01-01T00:00:00+08'),
    ('00000000-0000-7000-8000-000000000002', 'POOL',
     '00000000-0000-0000-0000-000000000000', NULL, 0, '2020-01-01T00:00:00+08');

-- 分录. Every change, with the key that makes it happen once.
CREATE TABLE journal_entries (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN
                 ('EARN', 'REDEEM', 'DONATE', 'TRANSFER', 'GRANT')),
    key          text NOT NULL CONSTRAINT journal_key UNIQUE,
    request_hash bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    visit_id     uuid REFERENCES visits (id),
    order_id     uuid REFERENCES orders (id),
    trace_id     uuid,
    at           timestamptz NOT NULL,
    CONSTRAINT journal_visit CHECK (kind NOT IN ('EARN', 'REDEEM') OR visit_id IS NOT NULL)
);
CREATE UNIQUE INDEX credit_earned_once ON journal_entries (visit_id) WHERE kind = 'EARN';
CREATE UNIQUE INDEX credit_redeemed_once ON journal_entries (order_id) WHERE kind = 'REDEEM';
CREATE INDEX journal_entries_by_trace ON journal_entries (trace_id) WHERE trace_id IS NOT NULL;

CREATE TABLE postings (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry_id      uuid NOT NULL REFERENCES journal_entries (id),
    account_id    uuid NOT NULL REFERENCES credit_accounts (id),
    minutes       bigint NOT NULL CHECK (minutes <> 0),
    balance_after bigint NOT NULL,
    CONSTRAINT posting_once UNIQUE (entry_id, account_id)
);
CREATE INDEX postings_by_account ON postings (account_id, id);

-- 冻结. Minutes kept aside for an order until it is settled or cancelled.
CREATE TABLE credit_holds (
    id         uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES credit_accounts (id),
    order_id   uuid NOT NULL CONSTRAINT credit_hold_once UNIQUE REFERENCES orders (id),
    minutes    bigint NOT NULL CHECK (minutes > 0),
    state      text NOT NULL CHECK (state IN ('HELD', 'POSTED', 'RELEASED')),
    entry_id   uuid REFERENCES journal_entries (id) DEFERRABLE INITIALLY DEFERRED,
    placed_at  timestamptz NOT NULL,
    ended_at   timestamptz,
    CHECK ((state = 'HELD') = (ended_at IS NULL)),
    CHECK ((state = 'POSTED') = (entry_id IS NOT NULL))
);

REVOKE UPDATE, DELETE ON journal_entries, postings FROM sanshe_app;
REVOKE INSERT, UPDATE, DELETE ON credit_accounts FROM sanshe_app;
GRANT INSERT (id, owner_kind, owner_id, division_code, cap, opened_at) ON credit_accounts
    TO sanshe_app;
-- The cap follows its parameter; the right also lets the service lock rows.
GRANT UPDATE (cap) ON credit_accounts TO sanshe_app;
REVOKE UPDATE, DELETE ON credit_holds FROM sanshe_app;
GRANT UPDATE (state, entry_id, ended_at) ON credit_holds TO sanshe_app;
CREATE TRIGGER journal_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER postings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON postings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

-- A posting moves its account and remembers the balance it left.
CREATE FUNCTION postings_apply() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE credit_accounts SET balance = balance + NEW.minutes
    WHERE id = NEW.account_id RETURNING balance INTO NEW.balance_after;
    RETURN NEW;
END
$$;
CREATE TRIGGER postings_apply BEFORE INSERT ON postings
    FOR EACH ROW EXECUTE FUNCTION postings_apply();

-- Checked at commit: what one account gains, others lose.
CREATE FUNCTION journal_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry uuid := CASE WHEN TG_TABLE_NAME = 'postings'
                       THEN (to_jsonb(NEW) ->> 'entry_id')::uuid
                       ELSE (to_jsonb(NEW) ->> 'id')::uuid END;
    total bigint;
    parts bigint;
BEGIN
    SELECT coalesce(sum(p.minutes), 0), count(*) INTO total, parts
    FROM postings p WHERE p.entry_id = entry;
    IF total <> 0 OR parts < 2 THEN
        PERFORM sanshe_refuse('ENTRY_UNBALANCED', '分录借贷不平',
            'the postings of an entry must sum to zero');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER journal_entries_balanced AFTER INSERT ON journal_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_balanced();
CREATE CONSTRAINT TRIGGER postings_balanced AFTER INSERT ON postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_balanced();

-- A hold sets minutes aside, and gives them back when it ends.
CREATE FUNCTION credit_holds_apply() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'HELD' THEN
            PERFORM sanshe_refuse('HOLD_STATE', '冻结只能从“已冻结”开始', 'a hold begins as HELD');
        END IF;
        UPDATE credit_accounts SET held = held + NEW.minutes WHERE id = NEW.account_id;
        RETURN NEW;
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF OLD.state <> 'HELD' THEN
        PERFORM sanshe_refuse('HOLD_STATE', '该冻结已结束', 'the hold has ended');
    END IF;
    UPDATE credit_accounts SET held = held - OLD.minutes WHERE id = OLD.account_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER credit_holds_apply BEFORE INSERT OR UPDATE ON credit_holds
    FOR EACH ROW EXECUTE FUNCTION credit_holds_apply();

-- Checked at commit: a posted hold was really paid, by that account, in full.
CREATE FUNCTION credit_holds_paid() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'POSTED' AND NOT EXISTS (
        SELECT 1 FROM postings p
        WHERE p.entry_id = NEW.entry_id AND p.account_id = NEW.account_id
          AND p.minutes = -NEW.minutes) THEN
        PERFORM sanshe_refuse('HOLD_UNPAID', '冻结的时长没有相应支付', 'the held minutes were not paid');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER credit_holds_paid AFTER UPDATE ON credit_holds
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credit_holds_paid();

-- Checked at commit: a visit of a volunteer is settled with its earning, an
-- order paid with minutes with its redemption, and neither without.
CREATE FUNCTION visits_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'SETTLED' AND OLD.state <> 'SETTLED' THEN
        IF NEW.worker_kind = 'VOLUNTEER' AND NEW.minutes > 0 AND NOT EXISTS (
            SELECT 1 FROM journal_entries e JOIN postings p ON p.entry_id = e.id
            WHERE e.kind = 'EARN' AND e.visit_id = NEW.id
            GROUP BY e.id HAVING sum(p.minutes) FILTER (WHERE p.minutes > 0) = NEW.minutes) THEN
            PERFORM sanshe_refuse('SETTLED_WITHOUT_EARNING', '结算时未计入志愿者的时长',
                'a volunteer''s visit settles with its earning');
        END IF;
        IF EXISTS (SELECT 1 FROM credit_holds h
                   WHERE h.order_id = NEW.order_id AND h.state <> 'POSTED') THEN
            PERFORM sanshe_refuse('SETTLED_WITHOUT_PAYMENT', '结算时未支付冻结的时长',
                'an order paid with minutes settles with its payment');
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER visits_settled AFTER UPDATE ON visits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION visits_settled();

-- Writes an entry with its postings in one round trip. Accounts are locked in
-- the order of their ids, so that no two entries wait for one another.
CREATE FUNCTION credit_post(
    entry uuid, kind text, key text, request_hash bytea, visit uuid, ordered uuid, trace uuid,
    at timestamptz, accounts uuid[], minutes bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM credit_accounts a WHERE a.id = ANY (accounts) ORDER BY a.id FOR NO KEY UPDATE;
    INSERT INTO journal_entries (id, kind, key, request_hash, visit_id, order_id, trace_id, at)
    VALUES (entry, kind, key, request_hash, visit, ordered, trace, at);
    INSERT INTO postings (entry_id, account_id, minutes, balance_after)
    SELECT entry, p.account, p.minutes, 0
    FROM unnest(accounts, minutes) AS p (account, minutes) ORDER BY p.account;
END
$$;
