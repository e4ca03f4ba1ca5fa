-- 便民服务订单 (A59, A62): an open service, ordered by a resident, done by its
-- provider or the division's own staff, rated.
CREATE SEQUENCE order_numbers;
GRANT USAGE ON order_numbers TO sanshe_app;

CREATE TABLE convenience_orders (
    id                       uuid PRIMARY KEY,
    number                   text NOT NULL CONSTRAINT order_number UNIQUE CHECK (number ~ '^D[0-9]{8}-[0-9]{6,}$'),
    item_code                text NOT NULL CONSTRAINT order_item REFERENCES service_items (code),
    division_code            text NOT NULL CONSTRAINT order_division REFERENCES divisions (code),
    resident_id              uuid NOT NULL CONSTRAINT order_resident REFERENCES residents (id),
    provider_organization_id uuid,
    wish                     text NOT NULL CHECK (length(wish) BETWEEN 1 AND 1000),
    wanted_at                timestamptz NOT NULL,
    placed_by                text NOT NULL CHECK (placed_by <> ''),
    channel                  text NOT NULL CHECK (channel <> ''),
    assisted_by              text,
    state                    text NOT NULL,
    outcome                  text CHECK (length(outcome) BETWEEN 1 AND 1000),
    accepted_by              text,
    done_at                  timestamptz,
    stars                    integer CHECK (stars BETWEEN 1 AND 5),
    rating_note              text CHECK (length(rating_note) BETWEEN 1 AND 1000),
    version                  integer NOT NULL DEFAULT 1,
    placed_at                timestamptz NOT NULL,
    updated_at               timestamptz NOT NULL,
    CONSTRAINT order_wanted CHECK (wanted_at > placed_at),
    CONSTRAINT order_accepted CHECK (accepted_by IS NOT NULL OR state NOT IN ('ACCEPTED', 'DONE', 'RATED')),
    -- What came of it, or why it did not take place.
    CONSTRAINT order_outcome CHECK ((state IN ('DONE', 'RATED', 'REFUSED', 'CANCELLED')) = (outcome IS NOT NULL)),
    CONSTRAINT order_done CHECK ((state IN ('DONE', 'RATED')) = (done_at IS NOT NULL)),
    CONSTRAINT order_rated CHECK ((state = 'RATED') = (stars IS NOT NULL)
        AND (rating_note IS NULL OR stars IS NOT NULL))
);
CREATE INDEX orders_by_division ON convenience_orders (division_code text_pattern_ops, id);
CREATE INDEX orders_by_resident ON convenience_orders (resident_id, id);
CREATE INDEX orders_by_provider ON convenience_orders (provider_organization_id, id);
REVOKE DELETE ON convenience_orders FROM sanshe_app;

CREATE TABLE order_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO order_transitions VALUES
    ('PLACED', 'ACCEPTED'), ('PLACED', 'REFUSED'), ('PLACED', 'CANCELLED'),
    ('ACCEPTED', 'DONE'), ('ACCEPTED', 'CANCELLED'), ('DONE', 'RATED');
REVOKE INSERT, UPDATE, DELETE ON order_transitions FROM sanshe_app;

CREATE FUNCTION convenience_orders_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE item service_items%ROWTYPE;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO item FROM service_items WHERE code = NEW.item_code FOR SHARE;
        IF NEW.state <> 'PLACED' THEN
            PERFORM sanshe_refuse('ORDER_STATE', '订单只能从“已下单”开始', 'an order begins as PLACED');
        END IF;
        IF item.class <> 'OPEN' OR item.state <> 'RELEASED' THEN
            PERFORM sanshe_refuse('SERVICE_ITEM_CLOSED', '该服务未开放下单', 'this service cannot be ordered at present');
        END IF;
        IF NEW.provider_organization_id IS DISTINCT FROM item.provider_organization_id THEN
            PERFORM sanshe_refuse('ORDER_PROVIDER', '订单须由该服务的提供者承接', 'an order goes to the provider of its service');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM residents r WHERE r.id = NEW.resident_id AND r.status = 'ALIVE') THEN
            PERFORM sanshe_refuse('RESIDENT_STATUS', '只有在册居民可以下单', 'only a resident who lives here can order');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.number, NEW.item_code, NEW.division_code, NEW.resident_id, NEW.provider_organization_id,
        NEW.wish, NEW.wanted_at, NEW.placed_by, NEW.channel, NEW.assisted_by, NEW.placed_at)
       IS DISTINCT FROM
       (OLD.id, OLD.number, OLD.item_code, OLD.division_code, OLD.resident_id, OLD.provider_organization_id,
        OLD.wish, OLD.wanted_at, OLD.placed_by, OLD.channel, OLD.assisted_by, OLD.placed_at) THEN
        PERFORM sanshe_refuse('ORDER_FIXED', '订单内容不可更改', 'an order stays as it was placed');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM order_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('ORDER_STATE',
            format('订单不能从 %s 变为 %s', OLD.state, NEW.state),
            format('an order cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER convenience_orders_guard BEFORE INSERT OR UPDATE ON convenience_orders
    FOR EACH ROW EXECUTE FUNCTION convenience_orders_guard();
