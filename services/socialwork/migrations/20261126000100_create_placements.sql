-- 志愿者加入服务组织: with which organisations a volunteer serves. Only these may
-- ask whether the volunteer can be assigned: who volunteers is nobody else's
-- business (志愿服务条例 第二十一条). An agreement ends; it is never deleted.
CREATE TABLE placements (
    id              uuid PRIMARY KEY,
    volunteer_id    uuid NOT NULL REFERENCES volunteers (id),
    organization_id uuid NOT NULL,
    placed_by       text NOT NULL CHECK (placed_by <> ''),
    placed_at       timestamptz NOT NULL,
    ended_by        text CHECK (ended_by <> ''),
    ended_at        timestamptz,
    CONSTRAINT placement_end CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND ended_at >= placed_at)
);
CREATE UNIQUE INDEX placement_exists ON placements (volunteer_id, organization_id) WHERE ended_at IS NULL;

CREATE FUNCTION placements_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL
       OR (NEW.id, NEW.volunteer_id, NEW.organization_id, NEW.placed_by, NEW.placed_at)
          IS DISTINCT FROM (OLD.id, OLD.volunteer_id, OLD.organization_id, OLD.placed_by, OLD.placed_at) THEN
        PERFORM sanshe_refuse('PLACEMENT_FIXED', '志愿者与组织的关系只能终止一次', 'a placement only ends, and once');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER placements_guard BEFORE UPDATE ON placements
    FOR EACH ROW EXECUTE FUNCTION placements_guard();
REVOKE DELETE ON placements FROM sanshe_app;
