-- 志愿服务记录 (B10, SM-10). True, whole and lasting: a row never changes, an
-- error is answered by a reversing row. Service that took place is recorded
-- even if it should not have been assigned; who may serve is asked before.
CREATE TABLE volunteer_records (
    id           uuid PRIMARY KEY,
    volunteer_id uuid NOT NULL REFERENCES volunteers (id),
    activity     text NOT NULL CHECK (activity IN ('HOME_VISIT')),
    visit_id     uuid NOT NULL,
    order_id     uuid NOT NULL,
    contract_id  uuid NOT NULL,
    trace_id     uuid NOT NULL,
    -- Arrival and departure where the service is given; travel is outside.
    in_at        timestamptz NOT NULL,
    out_at       timestamptz NOT NULL,
    reverses     uuid CONSTRAINT volunteer_record_reversal UNIQUE REFERENCES volunteer_records (id),
    replaces     uuid CONSTRAINT volunteer_record_replacement UNIQUE REFERENCES volunteer_records (id),
    -- Negative in a reversing row, so that sums are always right.
    minutes      bigint NOT NULL GENERATED ALWAYS AS (
                 CASE WHEN reverses IS NULL THEN 1 ELSE -1 END
                 * floor(extract(epoch FROM out_at - in_at) / 60)::bigint) STORED,
    confirmed_by uuid NOT NULL,
    reason       text CHECK (length(reason) BETWEEN 1 AND 500),
    recorded_by  text NOT NULL CHECK (recorded_by <> ''),
    recorded_at  timestamptz NOT NULL,
    -- The one field that may be set later, once, by the reversing row.
    reversed_by  uuid CONSTRAINT volunteer_record_reversed_by UNIQUE REFERENCES volunteer_records (id),
    CONSTRAINT volunteer_record_duration CHECK (
        out_at > in_at AND floor(extract(epoch FROM out_at - in_at) / 60) BETWEEN 1 AND 1440),
    CONSTRAINT volunteer_record_kind CHECK (
        num_nonnulls(reverses, replaces) <= 1
        AND ((reverses IS NULL AND replaces IS NULL) = (reason IS NULL))),
    CONSTRAINT volunteer_record_overlap EXCLUDE USING gist
        (volunteer_id WITH =, tstzrange(in_at, out_at) WITH &&)
        WHERE (reverses IS NULL AND reversed_by IS NULL)
);
-- One visit is recorded once; a correction refers to that record.
CREATE UNIQUE INDEX volunteer_record_visit ON volunteer_records (visit_id)
    WHERE reverses IS NULL AND replaces IS NULL;
CREATE INDEX volunteer_records_by_volunteer ON volunteer_records (volunteer_id, id);
CREATE INDEX volunteer_records_by_trace ON volunteer_records (trace_id, id);

CREATE FUNCTION volunteer_records_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    original volunteer_records;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.reversed_by IS NOT NULL
           OR to_jsonb(NEW) - 'reversed_by' - 'minutes' <> to_jsonb(OLD) - 'reversed_by' - 'minutes'
           OR NOT EXISTS (SELECT 1 FROM volunteer_records r
                          WHERE r.id = NEW.reversed_by AND r.reverses = NEW.id) THEN
            PERFORM sanshe_refuse('APPEND_ONLY', '志愿服务记录只能追加,更正须用冲销记录',
                'volunteer records are append-only; correct them by a reversing record');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.reversed_by IS NOT NULL THEN
        PERFORM sanshe_refuse('APPEND_ONLY', '新记录不能已被冲销', 'a new record is not reversed yet');
    END IF;
    IF NEW.reverses IS NULL AND NEW.replaces IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO original FROM volunteer_records
    WHERE id = coalesce(NEW.reverses, NEW.replaces) FOR UPDATE;
    IF original.volunteer_id IS DISTINCT FROM NEW.volunteer_id OR original.visit_id <> NEW.visit_id
       OR original.trace_id <> NEW.trace_id THEN
        PERFORM sanshe_refuse('CORRECTION_DIFFERS', '更正只能针对同一志愿者的同一次服务',
            'a correction is about the same service of the same volunteer');
    END IF;
    IF NEW.reverses IS NOT NULL THEN
        IF original.reverses IS NOT NULL OR original.reversed_by IS NOT NULL THEN
            PERFORM sanshe_refuse('VOLUNTEER_RECORD_REVERSED', '该记录已被冲销,或本身是冲销记录',
                'this record is reversed already, or is a reversal itself');
        END IF;
        IF original.in_at <> NEW.in_at OR original.out_at <> NEW.out_at THEN
            PERFORM sanshe_refuse('CORRECTION_DIFFERS', '冲销记录须与原记录时间一致',
                'a reversal carries the times of what it reverses');
        END IF;
    ELSIF original.reversed_by IS NULL THEN
        PERFORM sanshe_refuse('VOLUNTEER_RECORD_NOT_REVERSED', '须先冲销原记录,再登记更正后的记录',
            'reverse the record before writing what is right');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER volunteer_records_guard BEFORE INSERT OR UPDATE ON volunteer_records
    FOR EACH ROW EXECUTE FUNCTION volunteer_records_guard();

CREATE FUNCTION volunteer_records_mark() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reverses IS NOT NULL THEN
        UPDATE volunteer_records SET reversed_by = NEW.id WHERE id = NEW.reverses;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER volunteer_records_mark AFTER INSERT ON volunteer_records
    FOR EACH ROW EXECUTE FUNCTION volunteer_records_mark();
CREATE TRIGGER volunteer_records_append_only BEFORE DELETE OR TRUNCATE ON volunteer_records
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON volunteer_records FROM sanshe_app;
GRANT UPDATE (reversed_by) ON volunteer_records TO sanshe_app;
