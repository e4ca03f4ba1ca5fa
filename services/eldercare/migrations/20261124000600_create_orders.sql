-- What procurement owns and orders are placed under. The count of orders is
-- kept here so that two orders cannot both take the last unit.
CREATE TABLE ref_contracts (
    id              uuid PRIMARY KEY,
    trace_id        uuid NOT NULL,
    organization_id uuid NOT NULL,
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    quantity        bigint NOT NULL CHECK (quantity >= 0),
    ordered         bigint NOT NULL DEFAULT 0,
    CONSTRAINT contract_exhausted CHECK (ordered BETWEEN 0 AND quantity)
);
REVOKE DELETE ON ref_contracts FROM sanshe_app;

-- 服务订单. The price is a snapshot: unit price = subsidy + copay + credit value.
CREATE TABLE orders (
    id              uuid PRIMARY KEY,
    trace_id        uuid NOT NULL,
    elder_id        uuid NOT NULL REFERENCES elders (resident_id),
    division_code   text NOT NULL,
    contract_id     uuid NOT NULL REFERENCES ref_contracts (id),
    organization_id uuid NOT NULL,
    item_code       text NOT NULL REFERENCES menu_items (code),
    line            text NOT NULL,
    minutes         bigint NOT NULL CHECK (minutes > 0),
    tier            text NOT NULL CHECK (tier IN ('FREE', 'COST', 'LOW', 'PAID')),
    decision_id     uuid NOT NULL REFERENCES tier_decisions (id),
    unit_price      bigint NOT NULL CHECK (unit_price >= 0),
    subsidy         bigint NOT NULL CHECK (subsidy >= 0),
    copay           bigint NOT NULL CHECK (copay >= 0),
    credit_value    bigint NOT NULL CHECK (credit_value >= 0),
    credit_minutes  bigint NOT NULL CHECK (credit_minutes >= 0),
    state           text NOT NULL,
    cancel_reason   text,
    channel         text NOT NULL,
    assisted_by     text,
    version         integer NOT NULL DEFAULT 1,
    placed_at       timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT order_price_sum CHECK (unit_price = subsidy + copay + credit_value),
    CONSTRAINT order_free_copay CHECK (tier <> 'FREE' OR copay + credit_value = 0),
    CONSTRAINT order_paid_subsidy CHECK (tier <> 'PAID' OR subsidy = 0),
    CONSTRAINT order_credit CHECK ((credit_minutes = 0) = (credit_value = 0)),
    CONSTRAINT order_cancel_reason CHECK
        (state <> 'CANCELLED' OR coalesce(cancel_reason, '') <> '')
);
CREATE INDEX orders_by_division ON orders (division_code text_pattern_ops, id);
CREATE INDEX orders_by_elder ON orders (elder_id, id);
CREATE INDEX orders_by_trace ON orders (trace_id, id);
CREATE INDEX orders_by_contract ON orders (contract_id, id);
REVOKE DELETE ON orders FROM sanshe_app;

CREATE TABLE order_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO order_transitions VALUES
    ('PLACED', 'ASSIGNED'), ('PLACED', 'CANCELLED'),
    ('ASSIGNED', 'PLACED'), ('ASSIGNED', 'SETTLED');
REVOKE INSERT, UPDATE, DELETE ON order_transitions FROM sanshe_app;

CREATE FUNCTION orders_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PLACED' THEN
            PERFORM sanshe_refuse('ORDER_STATE', '订单只能从“已下单”开始',
                'an order begins as PLACED');
        END IF;
        IF EXISTS (SELECT 1 FROM ref_residents r
                   WHERE r.id = NEW.elder_id AND r.status = 'DECEASED') THEN
            PERFORM sanshe_refuse('RESIDENT_DECEASED', '该老年人已登记为死亡,不能下单',
                'this elder is recorded as deceased');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM tier_decisions d
                       WHERE d.id = NEW.decision_id AND d.elder_id = NEW.elder_id
                         AND d.line = NEW.line AND d.tier = NEW.tier) THEN
            PERFORM sanshe_refuse('ORDER_TIER', '订单档次与分档决定不符',
                'the tier of an order is the one that was decided');
        END IF;
        -- The whole count moves with the order, in the same statement.
        UPDATE ref_contracts SET ordered = ordered + 1 WHERE id = NEW.contract_id;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.trace_id, NEW.elder_id, NEW.contract_id, NEW.organization_id, NEW.item_code,
        NEW.line, NEW.minutes, NEW.tier, NEW.decision_id, NEW.unit_price, NEW.subsidy, NEW.copay,
        NEW.credit_value, NEW.credit_minutes, NEW.placed_at)
       IS DISTINCT FROM
       (OLD.id, OLD.trace_id, OLD.elder_id, OLD.contract_id, OLD.organization_id, OLD.item_code,
        OLD.line, OLD.minutes, OLD.tier, OLD.decision_id, OLD.unit_price, OLD.subsidy, OLD.copay,
        OLD.credit_value, OLD.credit_minutes, OLD.placed_at) THEN
        PERFORM sanshe_refuse('ORDER_FIXED', '订单的价格和来源不可更改',
            'the price and origin of an order never change');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM order_transitions t
        WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('ORDER_STATE',
            format('订单不能从 %s 变为 %s', OLD.state, NEW.state),
            format('an order cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'CANCELLED' AND OLD.state <> 'CANCELLED' THEN
        UPDATE ref_contracts SET ordered = ordered - 1 WHERE id = NEW.contract_id;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER orders_guard BEFORE INSERT OR UPDATE ON orders
    FOR EACH ROW EXECUTE FUNCTION orders_guard();
