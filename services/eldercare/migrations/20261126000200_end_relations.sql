-- A relation that is over: whoever was a relative sees no alarms, confirms no
-- visits and is handed no minutes any more. The row stays; it only ends, once.
ALTER TABLE relations
    ADD COLUMN end_reason text CHECK (length(end_reason) BETWEEN 1 AND 200),
    ADD COLUMN ended_by text CHECK (ended_by <> ''),
    ADD COLUMN ended_at timestamptz,
    ADD CONSTRAINT relation_end CHECK ((ended_at IS NULL) = (ended_by IS NULL)
        AND (ended_at IS NULL) = (end_reason IS NULL)),
    DROP CONSTRAINT relation_exists;
CREATE UNIQUE INDEX relation_exists ON relations (resident_id, relative_id, relation)
    WHERE ended_at IS NULL;

DROP TRIGGER relations_append_only ON relations;
CREATE TRIGGER relations_append_only BEFORE DELETE OR TRUNCATE ON relations
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE FUNCTION relations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL
       OR (NEW.id, NEW.resident_id, NEW.relative_id, NEW.relation, NEW.evidence, NEW.verified_by, NEW.verified_at)
          IS DISTINCT FROM (OLD.id, OLD.resident_id, OLD.relative_id, OLD.relation, OLD.evidence, OLD.verified_by, OLD.verified_at) THEN
        PERFORM sanshe_refuse('RELATION_FIXED', '亲属关系登记只能终止一次', 'a relation only ends, and once');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER relations_guard BEFORE UPDATE ON relations
    FOR EACH ROW EXECUTE FUNCTION relations_guard();
GRANT UPDATE (end_reason, ended_by, ended_at) ON relations TO sanshe_app;
