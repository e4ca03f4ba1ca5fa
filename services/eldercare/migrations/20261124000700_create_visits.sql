-- 上门服务 (A56, SM-11). Nobody is in two homes at once, planned or in fact.
CREATE TABLE visits (
    id                 uuid PRIMARY KEY,
    order_id           uuid NOT NULL REFERENCES orders (id),
    trace_id           uuid NOT NULL,
    contract_id        uuid NOT NULL,
    organization_id    uuid NOT NULL,
    elder_id           uuid NOT NULL,
    division_code      text NOT NULL,
    worker_kind        text NOT NULL CHECK (worker_kind IN ('SOCIAL_WORKER', 'VOLUNTEER')),
    worker_id          uuid NOT NULL,
    worker_resident_id uuid,
    planned_start      timestamptz NOT NULL,
    planned_end        timestamptz NOT NULL,
    planned            tstzrange NOT NULL
                       GENERATED ALWAYS AS (tstzrange(planned_start, planned_end)) STORED,
    in_at              timestamptz,
    in_method          text CHECK (in_method IN ('GPS', 'TOKEN', 'PHONE')),
    in_latitude        double precision CHECK (in_latitude BETWEEN -90 AND 90),
    in_longitude       double precision CHECK (in_longitude BETWEEN -180 AND 180),
    out_at             timestamptz,
    -- Open until the check-out: whoever is inside one home enters no other.
    actual             tstzrange GENERATED ALWAYS AS
                       (CASE WHEN in_at IS NOT NULL THEN tstzrange(in_at, out_at) END) STORED,
    minutes            bigint CHECK (minutes >= 0),
    tasks              text[] NOT NULL DEFAULT '{}',
    confirm_method     text CHECK (confirm_method IN ('APP', 'CARD', 'PHONE', 'FAMILY')),
    confirmed_at       timestamptz,
    confirmed_by       text,
    end_reason         text,
    state              text NOT NULL,
    version            integer NOT NULL DEFAULT 1,
    assigned_at        timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT visit_planned_order CHECK (planned_end > planned_start),
    CONSTRAINT visit_actual_order CHECK (out_at > in_at),
    CONSTRAINT visit_out_needs_in CHECK (out_at IS NULL OR in_at IS NOT NULL),
    CONSTRAINT visit_minutes CHECK
        (minutes IS NULL OR minutes * interval '1 minute' <= out_at - in_at),
    CONSTRAINT visit_volunteer_person CHECK
        (worker_kind <> 'VOLUNTEER' OR worker_resident_id IS NOT NULL),
    CONSTRAINT visit_to_self CHECK (worker_resident_id <> elder_id),
    CONSTRAINT visit_in_before_later CHECK
        (state NOT IN ('CHECKED_IN', 'CHECKED_OUT', 'CONFIRMED', 'SETTLED') OR in_at IS NOT NULL),
    CONSTRAINT visit_out_before_later CHECK
        (state NOT IN ('CHECKED_OUT', 'CONFIRMED', 'SETTLED')
         OR (out_at IS NOT NULL AND minutes IS NOT NULL)),
    CONSTRAINT visit_settled_needs_confirmation CHECK
        (state NOT IN ('CONFIRMED', 'SETTLED')
         OR (confirm_method IS NOT NULL AND confirmed_at IS NOT NULL AND confirmed_at >= out_at)),
    CONSTRAINT visit_end_reason CHECK
        (state NOT IN ('REFUSED', 'NO_SHOW') OR coalesce(end_reason, '') <> ''),
    CONSTRAINT worker_planned_overlap EXCLUDE USING gist
        (worker_id WITH =, planned WITH &&) WHERE (state NOT IN ('REFUSED', 'NO_SHOW')),
    CONSTRAINT worker_actual_overlap EXCLUDE USING gist
        (worker_id WITH =, actual WITH &&) WHERE (actual IS NOT NULL)
);
CREATE UNIQUE INDEX visit_open ON visits (order_id) WHERE state NOT IN ('REFUSED', 'NO_SHOW');
CREATE INDEX visits_by_division ON visits (division_code text_pattern_ops, id);
CREATE INDEX visits_by_trace ON visits (trace_id, id);
CREATE INDEX visits_by_contract ON visits (contract_id) WHERE state = 'SETTLED';
CREATE INDEX visits_by_elder ON visits (elder_id, id);
CREATE INDEX visits_by_worker ON visits (worker_id, id);
REVOKE DELETE ON visits FROM sanshe_app;

CREATE TABLE visit_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO visit_transitions VALUES
    ('ASSIGNED', 'ACCEPTED'), ('ASSIGNED', 'REFUSED'), ('ASSIGNED', 'NO_SHOW'),
    ('ACCEPTED', 'EN_ROUTE'), ('ACCEPTED', 'CHECKED_IN'), ('ACCEPTED', 'REFUSED'),
    ('ACCEPTED', 'NO_SHOW'),
    ('EN_ROUTE', 'CHECKED_IN'), ('EN_ROUTE', 'REFUSED'), ('EN_ROUTE', 'NO_SHOW'),
    ('CHECKED_IN', 'CHECKED_OUT'),
    ('CHECKED_OUT', 'CONFIRMED'),
    ('CONFIRMED', 'SETTLED');
REVOKE INSERT, UPDATE, DELETE ON visit_transitions FROM sanshe_app;

CREATE FUNCTION visits_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'ASSIGNED' THEN
            PERFORM sanshe_refuse('VISIT_STATE', '上门服务只能从“已派单”开始',
                'a visit begins as ASSIGNED');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM orders o
                       WHERE o.id = NEW.order_id AND o.trace_id = NEW.trace_id
                         AND o.contract_id = NEW.contract_id AND o.elder_id = NEW.elder_id
                         AND o.organization_id = NEW.organization_id
                         AND o.division_code = NEW.division_code) THEN
            PERFORM sanshe_refuse('VISIT_ORDER', '上门服务与订单不符',
                'a visit is for the elder and contract of its order');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.order_id, NEW.trace_id, NEW.contract_id, NEW.organization_id, NEW.elder_id,
        NEW.worker_kind,
        NEW.worker_id, NEW.worker_resident_id, NEW.assigned_at)
       IS DISTINCT FROM
       (OLD.id, OLD.order_id, OLD.trace_id, OLD.contract_id, OLD.organization_id, OLD.elder_id,
        OLD.worker_kind,
        OLD.worker_id, OLD.worker_resident_id, OLD.assigned_at) THEN
        PERFORM sanshe_refuse('VISIT_FIXED', '上门服务的对象和服务人员不可更改',
            'whom a visit is for and who makes it never change');
    END IF;
    -- What was recorded once stays: times, minutes, confirmation.
    IF (OLD.in_at IS NOT NULL AND NEW.in_at IS DISTINCT FROM OLD.in_at)
       OR (OLD.out_at IS NOT NULL AND NEW.out_at IS DISTINCT FROM OLD.out_at)
       OR (OLD.minutes IS NOT NULL AND NEW.minutes IS DISTINCT FROM OLD.minutes)
       OR (OLD.confirmed_at IS NOT NULL AND NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at) THEN
        PERFORM sanshe_refuse('VISIT_RECORDED', '已记录的签到、签退和确认不可更改',
            'a recorded check-in, check-out or confirmation never changes');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM visit_transitions t
        WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('VISIT_STATE',
            format('上门服务不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a visit cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER visits_guard BEFORE INSERT OR UPDATE ON visits
    FOR EACH ROW EXECUTE FUNCTION visits_guard();
