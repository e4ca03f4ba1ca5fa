-- 社工服务记录. What a social worker did at somebody's home, from the visit
-- that elder care settled.
CREATE TABLE service_records (
    id                uuid PRIMARY KEY,
    social_worker_id  uuid NOT NULL REFERENCES social_workers (id),
    visit_id          uuid NOT NULL CONSTRAINT service_record_visit UNIQUE,
    order_id          uuid NOT NULL,
    contract_id       uuid NOT NULL,
    trace_id          uuid NOT NULL,
    elder_resident_id uuid NOT NULL,
    in_at             timestamptz NOT NULL,
    out_at            timestamptz NOT NULL,
    minutes           bigint NOT NULL GENERATED ALWAYS AS (
                      floor(extract(epoch FROM out_at - in_at) / 60)::bigint) STORED,
    recorded_at       timestamptz NOT NULL,
    CONSTRAINT service_record_duration CHECK (
        out_at > in_at AND floor(extract(epoch FROM out_at - in_at) / 60) BETWEEN 1 AND 1440),
    CONSTRAINT service_record_overlap EXCLUDE USING gist
        (social_worker_id WITH =, tstzrange(in_at, out_at) WITH &&)
);
CREATE INDEX service_records_by_trace ON service_records (trace_id, social_worker_id);
CREATE INDEX service_records_by_worker ON service_records (social_worker_id, id);
CREATE TRIGGER service_records_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON service_records
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON service_records FROM sanshe_app;
