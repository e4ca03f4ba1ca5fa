-- 资金 (A67). A double-entry ledger in 分 per fund: SOURCE is where money comes
-- from and the only account that may be negative; the sum of a fund is zero.
CREATE TABLE funds (
    id            uuid PRIMARY KEY,
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    created_at    timestamptz NOT NULL,
    CONSTRAINT fund_exists UNIQUE (division_code, name)
);

CREATE TABLE fund_accounts (
    fund_id     uuid NOT NULL REFERENCES funds (id),
    account     text NOT NULL CHECK (account IN ('SOURCE', 'AVAILABLE', 'RESERVED', 'COMMITTED', 'PAID')),
    balance_fen bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (fund_id, account),
    CONSTRAINT fund_insufficient CHECK (account = 'SOURCE' OR balance_fen >= 0)
);

CREATE TABLE fund_entries (
    id         uuid PRIMARY KEY,
    fund_id    uuid NOT NULL REFERENCES funds (id),
    kind       text NOT NULL CHECK (kind IN ('APPROPRIATE', 'RESERVE', 'RELEASE', 'COMMIT', 'PAY')),
    amount_fen bigint NOT NULL CONSTRAINT fund_amount_positive CHECK (amount_fen > 0),
    -- The need, contract or milestone it is for.
    reference  uuid,
    document   text CHECK (length(document) BETWEEN 1 AND 200),
    actor      text NOT NULL,
    at         timestamptz NOT NULL,
    UNIQUE (id, fund_id),
    CHECK (kind <> 'APPROPRIATE' OR document IS NOT NULL),
    CHECK (kind = 'APPROPRIATE' OR reference IS NOT NULL)
);
CREATE INDEX fund_entries_by_fund ON fund_entries (fund_id, id);
-- A contract is committed once, a milestone paid once.
CREATE UNIQUE INDEX fund_entry_once ON fund_entries (kind, reference) WHERE kind IN ('COMMIT', 'PAY');

CREATE TABLE fund_postings (
    entry_id   uuid NOT NULL,
    fund_id    uuid NOT NULL,
    account    text NOT NULL,
    amount_fen bigint NOT NULL CHECK (amount_fen <> 0),
    PRIMARY KEY (entry_id, account),
    FOREIGN KEY (entry_id, fund_id) REFERENCES fund_entries (id, fund_id),
    FOREIGN KEY (fund_id, account) REFERENCES fund_accounts (fund_id, account)
);

-- Balances move with postings and in no other way: the runtime role may not
-- write them, so this runs with the owner's rights.
CREATE FUNCTION fund_postings_apply() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE fund_accounts SET balance_fen = balance_fen + NEW.amount_fen
    WHERE fund_id = NEW.fund_id AND account = NEW.account;
    RETURN NULL;
END
$$;
CREATE TRIGGER fund_postings_apply AFTER INSERT ON fund_postings
    FOR EACH ROW EXECUTE FUNCTION fund_postings_apply();

-- Every entry is two postings of its amount that sum to zero.
CREATE FUNCTION fund_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE sides record;
BEGIN
    SELECT coalesce(sum(p.amount_fen), 0) AS total, coalesce(max(p.amount_fen), 0) AS moved, count(*) AS n
    INTO sides FROM fund_postings p
    WHERE p.entry_id = CASE TG_TABLE_NAME WHEN 'fund_entries' THEN (to_jsonb(NEW) ->> 'id')::uuid
                                          ELSE (to_jsonb(NEW) ->> 'entry_id')::uuid END;
    IF sides.total <> 0 OR sides.n <> 2
       OR sides.moved <> (SELECT e.amount_fen FROM fund_entries e
            WHERE e.id = coalesce((to_jsonb(NEW) ->> 'entry_id')::uuid, (to_jsonb(NEW) ->> 'id')::uuid)) THEN
        PERFORM sanshe_refuse('FUND_ENTRY_UNBALANCED', '资金分录借贷不平', 'a fund entry must balance');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER fund_entries_balance AFTER INSERT ON fund_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fund_entries_balance();
CREATE CONSTRAINT TRIGGER fund_postings_balance AFTER INSERT ON fund_postings
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fund_entries_balance();

CREATE TRIGGER fund_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_entries
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER fund_postings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_postings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

-- A fund is born with its five accounts at zero.
CREATE FUNCTION funds_open_accounts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO fund_accounts (fund_id, account)
    SELECT NEW.id, unnest(ARRAY['SOURCE', 'AVAILABLE', 'RESERVED', 'COMMITTED', 'PAID']);
    RETURN NULL;
END
$$;
CREATE TRIGGER funds_open_accounts AFTER INSERT ON funds
    FOR EACH ROW EXECUTE FUNCTION funds_open_accounts();

REVOKE INSERT, UPDATE, DELETE ON fund_accounts FROM sanshe_app;
REVOKE UPDATE, DELETE ON fund_entries, fund_postings, funds FROM sanshe_app;
-- The row lock of a fund orders its entries.
GRANT UPDATE (name) ON funds TO sanshe_app;
