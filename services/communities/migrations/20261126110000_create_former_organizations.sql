-- Organisations of which incubation told that they are no more (A29: 腾退用房). None of
-- them is given space, not by a call either that asked just before.
CREATE TABLE former_organizations (
    organization_id uuid PRIMARY KEY,
    ended_at        timestamptz NOT NULL
);
CREATE TRIGGER former_organizations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON former_organizations
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON former_organizations FROM sanshe_app;

CREATE FUNCTION organization_key(organization uuid) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT hashtextextended('organization:' || organization::text, 0)
$$;

-- Who asks and who tells wait for each other: either the one finds the space, or
-- the other finds that the organisation is no more.
CREATE FUNCTION former_organizations_lock() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(organization_key(NEW.organization_id));
    RETURN NEW;
END
$$;
CREATE TRIGGER former_organizations_lock BEFORE INSERT ON former_organizations
    FOR EACH ROW EXECUTE FUNCTION former_organizations_lock();

CREATE FUNCTION former_organizations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(organization_key(NEW.organization_id));
    IF EXISTS (SELECT 1 FROM former_organizations f WHERE f.organization_id = NEW.organization_id) THEN
        PERFORM sanshe_refuse('ORGANIZATION_NOT_IN_BEING', '该组织已注销或撤销,不能使用社区用房',
            'this organisation was dissolved or revoked: it is given no space');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER space_applications_former BEFORE INSERT ON space_applications
    FOR EACH ROW EXECUTE FUNCTION former_organizations_guard();
-- Before space_allocations_guard, by its name: the organisation is locked before the premises.
CREATE TRIGGER space_allocations_former BEFORE INSERT ON space_allocations
    FOR EACH ROW EXECUTE FUNCTION former_organizations_guard();
