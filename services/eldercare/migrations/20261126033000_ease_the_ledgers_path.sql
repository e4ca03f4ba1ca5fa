-- The ledger's path is the busiest one of this service: a debit that one lot can
-- bear takes one statement, a transfer asks nothing that cannot be, and lots are
-- updated in place, which an index on what is left of them would prevent.
DROP INDEX credit_lots_expiring;
ALTER TABLE credit_lots SET (fillfactor = 70);

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
            ORDER BY l.expires_on, k.spent
        LOOP
            part := least(need, lot.minutes_left);
            UPDATE credit_lots SET minutes_left = minutes_left - part WHERE id = lot.id;
            NEW.lots := NEW.lots || jsonb_build_object(
                'kind', lot.kind, 'expires_on', lot.expires_on, 'minutes', part);
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
    IF entry.kind = 'TRANSFER' THEN
        -- Handed on as they are: neither their kind nor their end changes. What
        -- a group hands on was refused above.
        FOR lot IN
            SELECT piece.kind, piece.expires_on, piece.minutes
            FROM postings p, jsonb_to_recordset(p.lots) AS piece (kind text, expires_on date, minutes bigint)
            WHERE p.entry_id = NEW.entry_id AND p.minutes < 0
        LOOP
            INSERT INTO credit_lots AS l (account_id, kind, expires_on, minutes, minutes_left, first_at)
            VALUES (NEW.account_id, lot.kind, lot.expires_on, lot.minutes, lot.minutes, entry.at)
            ON CONFLICT (account_id, expires_on, kind) DO UPDATE
            SET minutes = l.minutes + excluded.minutes, minutes_left = l.minutes_left + excluded.minutes;
            NEW.lots := NEW.lots || jsonb_build_object(
                'kind', lot.kind, 'expires_on', lot.expires_on, 'minutes', lot.minutes);
            need := need - lot.minutes;
        END LOOP;
        IF need <> 0 THEN
            PERFORM sanshe_refuse('CREDIT_LOTS_UNKNOWN', '转入的时长与转出的批次不符',
                'what comes in is not what went out');
        END IF;
        RETURN NEW;
    END IF;
    -- What a group gives does not end in somebody's account.
    IF EXISTS (SELECT 1 FROM postings p JOIN credit_accounts a ON a.id = p.account_id
               WHERE p.entry_id = NEW.entry_id AND p.minutes < 0 AND a.owner_kind = 'ORG') THEN
        PERFORM sanshe_refuse('ORG_ONLY_DONATES', '团体账户只能捐入公益池',
            'the account of a group only gives to the pool');
    END IF;
    IF entry.kind = 'REVERSE' THEN
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
