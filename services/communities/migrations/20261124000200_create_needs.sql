-- 需求 (A9). What residents need; each begins a chain (trace_id) that later
-- records in all services carry.
CREATE TABLE needs (
    id            uuid PRIMARY KEY,
    trace_id      uuid NOT NULL CONSTRAINT need_trace UNIQUE,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    grid_code     text CHECK (grid_code ~ '^[0-9]{15}$'),
    category      text NOT NULL CHECK (category IN
                  ('MEALS', 'DAY_CARE', 'HOUSEKEEPING', 'MEDICAL', 'ERRAND', 'ESCORT', 'CULTURE', 'OTHER')),
    description   text NOT NULL CHECK (length(description) BETWEEN 1 AND 2000),
    for_elders    boolean NOT NULL,
    reported_by   uuid NOT NULL,
    channel       text NOT NULL,
    assisted_by   text,
    state         text NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    reported_at   timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX needs_by_division ON needs (division_code text_pattern_ops, id);
CREATE INDEX needs_by_community ON needs (community_id, id);
CREATE INDEX needs_by_reporter ON needs (reported_by, id);

-- The legal moves; the domain holds the same table and a test compares them.
CREATE TABLE need_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO need_transitions VALUES
    ('REPORTED', 'VERIFIED'), ('REPORTED', 'REFUSED'),
    ('VERIFIED', 'PROPOSED'), ('VERIFIED', 'REFUSED'),
    ('PROPOSED', 'VERIFIED'), ('PROPOSED', 'MET'),
    ('MET', 'CONFIRMED');
REVOKE INSERT, UPDATE, DELETE ON need_transitions FROM sanshe_app;

CREATE FUNCTION needs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'REPORTED' THEN
            PERFORM sanshe_refuse('NEED_STATE', '需求只能从“已上报”开始', 'a need begins as REPORTED');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.trace_id, NEW.community_id, NEW.division_code, NEW.category, NEW.description,
        NEW.reported_by, NEW.reported_at)
       IS DISTINCT FROM
       (OLD.trace_id, OLD.community_id, OLD.division_code, OLD.category, OLD.description,
        OLD.reported_by, OLD.reported_at) THEN
        PERFORM sanshe_refuse('NEED_ORIGIN', '需求的来源不可更改', 'the origin of a need never changes');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM need_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('NEED_STATE',
            format('需求不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a need cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER needs_guard BEFORE INSERT OR UPDATE ON needs
    FOR EACH ROW EXECUTE FUNCTION needs_guard();
REVOKE DELETE ON needs FROM sanshe_app;
