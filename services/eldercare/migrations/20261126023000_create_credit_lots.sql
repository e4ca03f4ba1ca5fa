-- 积分批次 (A55, T2, SM-12). Minutes are kept by what they come from and until
-- when they count: service, purchase or grant. What was credited for a purchase
-- may be spent and given, and is handed to nobody. Those who provide or purchase
-- on the platform earn as well, at rates that are data; organisations only give.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('ec.credit.provide_percent', 10, 'percent', '[2019-01-01,)',
     '示范默认值,待市级文件核定(以服务换养老:提供付费服务的个人按服务时长折算的比例)'),
    ('ec.credit.provide_org_percent', 10, 'percent', '[2019-01-01,)',
     '示范默认值,待市级文件核定(以服务换养老:提供付费服务的机构按服务时长折算的比例)'),
    ('ec.credit.purchase_minutes', 0, 'minutes per 100 yuan', '[2019-01-01,)',
     '待市级文件核定(以服务换养老:自费购买服务每百元折算的分钟数;核定前为 0,不计积分)'),
    ('ec.credit.expire_months', 0, 'months', '[2019-01-01,)',
     '示范默认值,待市级文件核定(积分有效期,0 为长期有效)');

CREATE TABLE credit_lot_kinds (
    kind         text PRIMARY KEY CHECK (kind IN ('SERVICE', 'PURCHASE', 'GRANT')),
    transferable boolean NOT NULL,
    -- Of lots that end on one day, the lower is spent first.
    spent        integer NOT NULL UNIQUE,
    source       text NOT NULL CHECK (source <> '')
);
INSERT INTO credit_lot_kinds VALUES
    ('PURCHASE', false, 1, '购买所得积分限本人使用或捐赠,不得转让'),
    ('GRANT', true, 2, '公益池发放'),
    ('SERVICE', true, 3, '志愿服务或提供服务所得');
REVOKE INSERT, UPDATE, DELETE ON credit_lot_kinds FROM sanshe_app;

-- One row for all minutes of an account that are alike: of one kind, until one day.
CREATE TABLE credit_lots (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id   uuid NOT NULL REFERENCES credit_accounts (id),
    kind         text NOT NULL REFERENCES credit_lot_kinds (kind),
    -- The first day they no longer count; infinity where there is none.
    expires_on   date NOT NULL DEFAULT 'infinity',
    minutes      bigint NOT NULL CHECK (minutes > 0),
    minutes_left bigint NOT NULL,
    first_at     timestamptz NOT NULL,
    CONSTRAINT credit_lot_left CHECK (minutes_left BETWEEN 0 AND minutes),
    CONSTRAINT credit_lot_once UNIQUE (account_id, expires_on, kind)
);
CREATE INDEX credit_lots_expiring ON credit_lots (expires_on)
    WHERE minutes_left > 0 AND expires_on < 'infinity';
-- Lots move only by postings, through the trigger of the schema's owner.
REVOKE INSERT, UPDATE, DELETE ON credit_lots FROM sanshe_app;

-- What was there before lots were kept is taken for service.
INSERT INTO credit_lots (account_id, kind, minutes, minutes_left, first_at)
SELECT a.id, 'SERVICE', a.balance, a.balance, a.opened_at FROM credit_accounts a
WHERE a.owner_kind IN ('PERSON', 'ORG') AND a.balance > 0;

-- Of which lots a posting was made: [{"kind", "expires_on", "minutes"}].
ALTER TABLE postings ADD COLUMN lots jsonb NOT NULL DEFAULT '[]';
ALTER TABLE journal_entries ADD COLUMN reverses uuid REFERENCES journal_entries (id);
CREATE UNIQUE INDEX credit_reversed_once ON journal_entries (reverses) WHERE reverses IS NOT NULL;
CREATE UNIQUE INDEX credit_provided_once ON journal_entries (visit_id) WHERE kind = 'PROVIDE';
CREATE UNIQUE INDEX credit_purchased_once ON journal_entries (order_id) WHERE kind = 'PURCHASE';
ALTER TABLE journal_entries
    DROP CONSTRAINT journal_entries_kind_check,
    DROP CONSTRAINT journal_visit,
    ADD CONSTRAINT journal_entries_kind_check CHECK (kind IN
        ('EARN', 'REDEEM', 'DONATE', 'TRANSFER', 'GRANT', 'PROVIDE', 'PURCHASE', 'EXPIRE', 'REVERSE')),
    ADD CONSTRAINT journal_visit CHECK
        (kind NOT IN ('EARN', 'REDEEM', 'PROVIDE', 'PURCHASE') OR visit_id IS NOT NULL),
    ADD CONSTRAINT journal_reverses CHECK ((kind = 'REVERSE') = (reverses IS NOT NULL));
GRANT INSERT (reverses) ON journal_entries TO sanshe_app;

-- Until when minutes count that an account gains on a day.
CREATE FUNCTION credit_expiry(division text, day date) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p.value > 0 THEN (day + make_interval(months => p.value::integer))::date
                ELSE 'infinity'::date END
    FROM policy_parameters p
    WHERE p.key = 'ec.credit.expire_months' AND p.effective @> day
      AND (p.division = '' OR coalesce(credit_expiry.division, '') LIKE rtrim(p.division, '0') || '%')
    ORDER BY length(rtrim(p.division, '0')) DESC LIMIT 1
$$;

-- A posting moves its account and that account's lots, and remembers both.
CREATE OR REPLACE FUNCTION postings_apply() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    account record;
    entry   record;
    lot     record;
    need    bigint := abs(NEW.minutes);
    part    bigint;
BEGIN
    UPDATE credit_accounts SET balance = balance + NEW.minutes
    WHERE id = NEW.account_id
    RETURNING balance, owner_kind, division_code INTO account;
    NEW.balance_after := account.balance;
    NEW.lots := '[]';
    IF account.owner_kind NOT IN ('PERSON', 'ORG') THEN
        RETURN NEW;
    END IF;
    SELECT e.kind, e.reverses, (e.at AT TIME ZONE 'Asia/Shanghai')::date AS day, e.at INTO entry
    FROM journal_entries e WHERE e.id = NEW.entry_id;
    IF NEW.minutes < 0 THEN
        IF account.owner_kind = 'ORG' AND entry.kind NOT IN ('DONATE', 'EXPIRE', 'REVERSE') THEN
            PERFORM sanshe_refuse('ORG_ONLY_DONATES', '团体账户只能捐入公益池',
                'the account of a group only gives to the pool');
        END IF;
        FOR lot IN
            SELECT l.id, l.kind, l.expires_on, l.minutes_left
            FROM credit_lots l JOIN credit_lot_kinds k ON k.kind = l.kind
            WHERE l.account_id = NEW.account_id AND l.minutes_left > 0
              AND (k.transferable OR entry.kind <> 'TRANSFER')
              AND (l.expires_on <= entry.day OR entry.kind <> 'EXPIRE')
            ORDER BY l.expires_on, k.spent FOR UPDATE OF l
        LOOP
            part := least(need, lot.minutes_left);
            UPDATE credit_lots SET minutes_left = minutes_left - part WHERE id = lot.id;
            NEW.lots := NEW.lots || jsonb_build_array(jsonb_build_object(
                'kind', lot.kind, 'expires_on', lot.expires_on, 'minutes', part));
            need := need - part;
            EXIT WHEN need = 0;
        END LOOP;
        IF need > 0 AND entry.kind = 'TRANSFER' THEN
            PERFORM sanshe_refuse('CREDITS_NOT_TRANSFERABLE',
                '购买所得的时间积分只能自用或捐赠,不能转让', 'minutes from purchases are handed to nobody');
        ELSIF need > 0 THEN
            PERFORM sanshe_refuse('CREDIT_LOTS_SHORT', '可用批次的时长不足', 'the lots hold fewer minutes');
        END IF;
        RETURN NEW;
    END IF;
    -- What a group gives does not end in somebody's account.
    IF EXISTS (SELECT 1 FROM postings p JOIN credit_accounts a ON a.id = p.account_id
               WHERE p.entry_id = NEW.entry_id AND p.minutes < 0 AND a.owner_kind = 'ORG') THEN
        PERFORM sanshe_refuse('ORG_ONLY_DONATES', '团体账户只能捐入公益池',
            'the account of a group only gives to the pool');
    END IF;
    IF entry.kind = 'TRANSFER' THEN
        -- Handed on as they are: neither their kind nor their end changes.
        SELECT coalesce(jsonb_agg(piece), '[]') INTO NEW.lots
        FROM postings p, jsonb_array_elements(p.lots) AS piece
        WHERE p.entry_id = NEW.entry_id AND p.minutes < 0;
    ELSIF entry.kind = 'REVERSE' THEN
        SELECT p.lots INTO NEW.lots FROM postings p
        WHERE p.entry_id = entry.reverses AND p.account_id = NEW.account_id AND p.minutes = -NEW.minutes;
        NEW.lots := coalesce(NEW.lots, '[]');
    ELSE
        NEW.lots := jsonb_build_array(jsonb_build_object(
            'kind', CASE entry.kind WHEN 'EARN' THEN 'SERVICE' WHEN 'PROVIDE' THEN 'SERVICE'
                                    WHEN 'PURCHASE' THEN 'PURCHASE' ELSE 'GRANT' END,
            'expires_on', coalesce(credit_expiry(account.division_code, entry.day), 'infinity'::date),
            'minutes', NEW.minutes));
    END IF;
    FOR lot IN
        SELECT * FROM jsonb_to_recordset(NEW.lots) AS piece (kind text, expires_on date, minutes bigint)
    LOOP
        INSERT INTO credit_lots AS l (account_id, kind, expires_on, minutes, minutes_left, first_at)
        VALUES (NEW.account_id, lot.kind, lot.expires_on, lot.minutes, lot.minutes, entry.at)
        ON CONFLICT (account_id, expires_on, kind) DO UPDATE
        SET minutes = l.minutes + excluded.minutes, minutes_left = l.minutes_left + excluded.minutes;
        need := need - lot.minutes;
    END LOOP;
    IF need <> 0 THEN
        PERFORM sanshe_refuse('CREDIT_LOTS_UNKNOWN', '转入的时长与转出的批次不符',
            'what comes in is not what went out');
    END IF;
    RETURN NEW;
END
$$;

-- Debits before credits: what is handed on is known when it arrives. The locks
-- are taken before in the order of ids.
CREATE FUNCTION credit_post(
    entry uuid, kind text, key text, request_hash bytea, visit uuid, ordered uuid, trace uuid,
    at timestamptz, accounts uuid[], minutes bigint[], reverses uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM credit_accounts a WHERE a.id = ANY (accounts) ORDER BY a.id FOR NO KEY UPDATE;
    INSERT INTO journal_entries (id, kind, key, request_hash, visit_id, order_id, trace_id, at, reverses)
    VALUES (entry, kind, key, request_hash, visit, ordered, trace, at, reverses);
    INSERT INTO postings (entry_id, account_id, minutes, balance_after)
    SELECT entry, p.account, p.minutes, 0
    FROM unnest(accounts, minutes) AS p (account, minutes) ORDER BY p.minutes > 0, p.account;
END
$$;
CREATE OR REPLACE FUNCTION credit_post(
    entry uuid, kind text, key text, request_hash bytea, visit uuid, ordered uuid, trace uuid,
    at timestamptz, accounts uuid[], minutes bigint[]) RETURNS void
LANGUAGE sql AS $$
    SELECT credit_post(entry, kind, key, request_hash, visit, ordered, trace, at, accounts, minutes, NULL)
$$;
