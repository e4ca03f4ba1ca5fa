-- 投标 (sealed bids). The key stays with the bidder until the opening.
CREATE TABLE bids (
    id              uuid PRIMARY KEY,
    tender_id       uuid NOT NULL REFERENCES tenders (id),
    organization_id uuid NOT NULL,
    nonce           bytea NOT NULL CHECK (octet_length(nonce) = 12),
    ciphertext      bytea NOT NULL CHECK (octet_length(ciphertext) BETWEEN 17 AND 262144),
    commitment      bytea NOT NULL CHECK (octet_length(commitment) = 32),
    state           text NOT NULL,
    price_fen       bigint,
    proposal        text,
    -- Why it is invalid or not qualified.
    finding         text CHECK (length(finding) BETWEEN 1 AND 500),
    received_at     timestamptz NOT NULL,
    unsealed_at     timestamptz,
    updated_at      timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    UNIQUE (id, tender_id),
    CONSTRAINT bid_price_sealed CHECK (price_fen IS NULL OR state NOT IN ('SEALED', 'WITHDRAWN')),
    CONSTRAINT bid_price_missing CHECK (price_fen > 0 OR (price_fen IS NULL AND state IN ('SEALED', 'WITHDRAWN', 'INVALID'))),
    CHECK (state NOT IN ('INVALID', 'DISQUALIFIED') OR finding IS NOT NULL)
);
CREATE UNIQUE INDEX bid_already_submitted ON bids (tender_id, organization_id) WHERE state <> 'WITHDRAWN';
CREATE INDEX bids_by_organization ON bids (organization_id, id);

-- Who leads, owns or directs a bidder, as known when the bid came in: suppliers
-- under one controller may not bid against each other (实施条例 第十八条).
CREATE TABLE bid_controllers (
    bid_id      uuid NOT NULL,
    tender_id   uuid NOT NULL,
    resident_id uuid NOT NULL,
    active      boolean NOT NULL DEFAULT true,
    PRIMARY KEY (bid_id, resident_id),
    FOREIGN KEY (bid_id, tender_id) REFERENCES bids (id, tender_id)
);
CREATE UNIQUE INDEX same_controller ON bid_controllers (tender_id, resident_id) WHERE active;

CREATE TABLE bid_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO bid_transitions VALUES
    ('SEALED', 'WITHDRAWN'), ('SEALED', 'UNSEALED'), ('SEALED', 'INVALID'),
    ('UNSEALED', 'QUALIFIED'), ('UNSEALED', 'DISQUALIFIED');

CREATE FUNCTION bids_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE t tenders;
BEGIN
    SELECT * INTO t FROM tenders WHERE id = NEW.tender_id;
    IF TG_OP = 'INSERT' THEN
        IF t.state <> 'PUBLISHED' OR NEW.received_at >= t.closes_at THEN
            PERFORM sanshe_refuse('TENDER_CLOSED', '投标已截止或尚未开始', 'this tender does not take bids now');
        END IF;
        IF NEW.state <> 'SEALED' THEN
            PERFORM sanshe_refuse('BID_STATE', '投标只能从密封状态开始', 'a bid begins as SEALED');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.tender_id, NEW.organization_id, NEW.nonce, NEW.ciphertext, NEW.commitment, NEW.received_at)
       IS DISTINCT FROM (OLD.tender_id, OLD.organization_id, OLD.nonce, OLD.ciphertext, OLD.commitment, OLD.received_at) THEN
        PERFORM sanshe_refuse('BID_IMMUTABLE', '投标文件不可更改', 'a bid never changes');
    END IF;
    IF OLD.price_fen IS NOT NULL AND (NEW.price_fen, NEW.proposal) IS DISTINCT FROM (OLD.price_fen, OLD.proposal) THEN
        PERFORM sanshe_refuse('BID_IMMUTABLE', '已解封的报价不可更改', 'an unsealed price never changes');
    END IF;
    IF NEW.state <> OLD.state THEN
        IF NOT EXISTS (SELECT 1 FROM bid_transitions b WHERE b.from_state = OLD.state AND b.to_state = NEW.state) THEN
            PERFORM sanshe_refuse('BID_STATE',
                format('投标不能从 %s 变为 %s', OLD.state, NEW.state),
                format('a bid cannot go from %s to %s', OLD.state, NEW.state));
        END IF;
        IF NEW.state = 'WITHDRAWN' AND (t.state <> 'PUBLISHED' OR NEW.updated_at >= t.closes_at) THEN
            PERFORM sanshe_refuse('TENDER_CLOSED', '投标截止后不能撤回', 'a bid cannot be withdrawn after the close');
        ELSIF NEW.state IN ('UNSEALED', 'INVALID') AND t.state <> 'OPENING' THEN
            PERFORM sanshe_refuse('KEY_BEFORE_OPENING', '未到开标环节,不能解封', 'bids are unsealed at the opening only');
        ELSIF NEW.state IN ('QUALIFIED', 'DISQUALIFIED') AND t.state <> 'OPENED' THEN
            PERFORM sanshe_refuse('TENDER_STATE', '开标结束后、评审开始前审查资格', 'qualification is judged after the opening and before the evaluation');
        END IF;
    ELSIF NEW.price_fen IS DISTINCT FROM OLD.price_fen THEN
        PERFORM sanshe_refuse('BID_IMMUTABLE', '报价只在开标时写入', 'a price is written at the opening only');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER bids_guard BEFORE INSERT OR UPDATE ON bids
    FOR EACH ROW EXECUTE FUNCTION bids_guard();

-- The counts that the law demands at each step of a tender.
CREATE FUNCTION tenders_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rule text := 'prc.' || lower(NEW.method);
    day date := prc_day(NEW.updated_at);
    counted bigint;
    least_n bigint;
BEGIN
    IF NEW.state = 'OPENING' THEN
        SELECT count(*) INTO counted FROM bids WHERE tender_id = NEW.id AND state = 'SEALED';
        least_n := prc_parameter(rule || '.min_bids', NEW.division_code, day);
        IF counted < least_n THEN
            PERFORM sanshe_refuse('TENDER_TOO_FEW_BIDS',
                format('投标人不足 %s 家,不得开标', least_n), format('fewer than %s bids: no opening', least_n));
        END IF;
    ELSIF NEW.state = 'OPENED' THEN
        IF EXISTS (SELECT 1 FROM bids WHERE tender_id = NEW.id AND state = 'SEALED') THEN
            PERFORM sanshe_refuse('BIDS_STILL_SEALED', '仍有投标未解封或未判无效', 'some bids are neither unsealed nor invalid');
        END IF;
        SELECT count(*) INTO counted FROM bids WHERE tender_id = NEW.id AND state = 'UNSEALED';
        least_n := prc_parameter(rule || '.min_bids', NEW.division_code, day);
        IF counted < least_n THEN
            PERFORM sanshe_refuse('TENDER_TOO_FEW_BIDS',
                format('有效投标不足 %s 家', least_n), format('fewer than %s valid bids', least_n));
        END IF;
    ELSIF NEW.state = 'EVALUATING' THEN
        IF EXISTS (SELECT 1 FROM bids WHERE tender_id = NEW.id AND state = 'UNSEALED') THEN
            PERFORM sanshe_refuse('QUALIFICATION_PENDING', '仍有投标未作资格审查', 'some bids are not yet judged for qualification');
        END IF;
        SELECT count(*) INTO counted FROM bids WHERE tender_id = NEW.id AND state = 'QUALIFIED';
        least_n := prc_parameter(rule || '.min_qualified', NEW.division_code, day);
        IF counted < least_n THEN
            PERFORM sanshe_refuse('TENDER_TOO_FEW_QUALIFIED',
                format('资格合格的投标人不足 %s 家', least_n), format('fewer than %s qualified bids', least_n));
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tenders_guard_counts BEFORE UPDATE ON tenders
    FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION tenders_counts();

REVOKE INSERT, UPDATE, DELETE ON bid_transitions FROM sanshe_app;
REVOKE DELETE ON bids, bid_controllers FROM sanshe_app;
REVOKE UPDATE ON bid_controllers FROM sanshe_app;
GRANT UPDATE (active) ON bid_controllers TO sanshe_app;
