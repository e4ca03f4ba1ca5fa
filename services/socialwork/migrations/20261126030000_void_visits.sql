-- 上门服务作废. Elder care found after the settlement that a visit did not take
-- place as told. What was recorded of it stops counting; where nothing was
-- recorded yet, nothing will be.
CREATE TABLE voided_visits (
    visit_id  uuid PRIMARY KEY,
    voided_at timestamptz NOT NULL
);
CREATE TRIGGER voided_visits_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON voided_visits
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON voided_visits FROM sanshe_app;

-- A void service leaves its hours free for what was really served then. The
-- table is small where it is locked: one row for each visit of a social worker.
ALTER TABLE service_records
    ADD COLUMN voided_at timestamptz,
    DROP CONSTRAINT service_record_overlap,
    ADD CONSTRAINT service_record_overlap EXCLUDE USING gist
        (social_worker_id WITH =, tstzrange(in_at, out_at) WITH &&) WHERE (voided_at IS NULL);

DROP TRIGGER service_records_append_only ON service_records;
CREATE TRIGGER service_records_append_only BEFORE DELETE OR TRUNCATE ON service_records
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE FUNCTION service_records_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.voided_at IS NOT NULL OR NEW.voided_at IS NULL
       OR to_jsonb(NEW) - 'voided_at' - 'minutes' <> to_jsonb(OLD) - 'voided_at' - 'minutes'
       OR NOT EXISTS (SELECT 1 FROM voided_visits WHERE visit_id = OLD.visit_id) THEN
        PERFORM sanshe_refuse('APPEND_ONLY', '社工服务记录只能追加,仅在上门服务作废后标记一次',
            'records of service are append-only; one is only marked, once, where its visit is void');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER service_records_guard BEFORE UPDATE ON service_records
    FOR EACH ROW EXECUTE FUNCTION service_records_guard();
GRANT UPDATE (voided_at) ON service_records TO sanshe_app;
