-- 社会工作者协会 (A52): of a district or county, or of a city; joined by a social
-- worker's own will, and left by it.
CREATE TABLE associations (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    division_code   text NOT NULL CONSTRAINT association_level CHECK (division_code ~ '^[0-9]{6}000000$'
                        AND division_code !~ '^[0-9]{2}0000'),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    purpose         text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 1000),
    dissolved_at    timestamptz,
    reason          text CHECK (length(reason) BETWEEN 1 AND 500),
    version         integer NOT NULL DEFAULT 1,
    founded_at      timestamptz NOT NULL,
    CONSTRAINT association_end CHECK ((dissolved_at IS NULL) = (reason IS NULL) AND dissolved_at >= founded_at)
);
CREATE UNIQUE INDEX association_exists ON associations (division_code) WHERE dissolved_at IS NULL;
CREATE UNIQUE INDEX association_of_organization ON associations (organization_id) WHERE dissolved_at IS NULL;

CREATE TABLE memberships (
    id               uuid PRIMARY KEY,
    association_id   uuid NOT NULL REFERENCES associations (id),
    social_worker_id uuid NOT NULL REFERENCES social_workers (id),
    joined_at        timestamptz NOT NULL,
    left_at          timestamptz,
    CONSTRAINT membership_days CHECK (left_at >= joined_at)
);
CREATE UNIQUE INDEX membership_exists ON memberships (association_id, social_worker_id) WHERE left_at IS NULL;
CREATE INDEX memberships_by_worker ON memberships (social_worker_id, id);

CREATE FUNCTION associations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.dissolved_at IS NOT NULL
       OR to_jsonb(NEW) - ARRAY['dissolved_at', 'reason', 'version'] <> to_jsonb(OLD) - ARRAY['dissolved_at', 'reason', 'version'] THEN
        PERFORM sanshe_refuse('ASSOCIATION_FIXED', '协会只能解散一次', 'an association is only dissolved, and once');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER associations_guard BEFORE UPDATE ON associations
    FOR EACH ROW EXECUTE FUNCTION associations_guard();

CREATE FUNCTION memberships_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    association associations;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.left_at IS NOT NULL OR to_jsonb(NEW) - 'left_at' <> to_jsonb(OLD) - 'left_at' THEN
            PERFORM sanshe_refuse('MEMBERSHIP_FIXED', '会员资格只能终止一次', 'a membership only ends, and once');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO association FROM associations WHERE id = NEW.association_id FOR SHARE;
    IF association.dissolved_at IS NOT NULL THEN
        PERFORM sanshe_refuse('ASSOCIATION_DISSOLVED', '协会已解散', 'the association is dissolved');
    ELSIF NOT EXISTS (
        SELECT 1 FROM social_workers w JOIN social_worker_communities c ON c.social_worker_id = w.id
        WHERE w.id = NEW.social_worker_id AND w.active
          AND c.division_code LIKE left(association.division_code,
              CASE WHEN association.division_code LIKE '____00%' THEN 4 ELSE 6 END) || '%') THEN
        PERFORM sanshe_refuse('MEMBERSHIP_OTHER_DIVISION', '该社会工作者不在协会所在区划服务',
            'this social worker does not serve in the division of the association');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER memberships_guard BEFORE INSERT OR UPDATE ON memberships
    FOR EACH ROW EXECUTE FUNCTION memberships_guard();
REVOKE DELETE ON associations, memberships FROM sanshe_app;
