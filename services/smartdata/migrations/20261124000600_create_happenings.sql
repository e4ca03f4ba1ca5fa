-- 事件库 (A61), thin: what other services tell happened, where, to whom.
CREATE TABLE happenings (
    id            uuid PRIMARY KEY,
    -- The event it was told by: told twice, it is here once.
    event_id      uuid NOT NULL CONSTRAINT happening_told UNIQUE,
    kind          text NOT NULL CHECK (kind IN ('NEED_REPORTED')),
    trace_id      uuid,
    division_code text NOT NULL CHECK (division_code ~ '^[1-9][0-9]{11}$'),
    grid_code     text CONSTRAINT happening_grid CHECK (
                  grid_code ~ '^[0-9]{15}$' AND substr(grid_code, 1, 12) = division_code),
    resident_id   uuid,
    at            timestamptz NOT NULL
);
CREATE INDEX happenings_by_trace ON happenings (trace_id, at);
CREATE INDEX happenings_by_division ON happenings (division_code text_pattern_ops, at);

CREATE TRIGGER happenings_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON happenings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON happenings FROM sanshe_app;
