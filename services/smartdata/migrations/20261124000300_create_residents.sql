-- 居民 (A61, A65, B1, B15). The only personal data of the platform: name,
-- identity number and phone are sealed by the service before they come here.
CREATE TABLE residents (
    id                  uuid PRIMARY KEY,
    name_sealed         bytea NOT NULL,
    citizen_id_sealed   bytea NOT NULL,
    phone_sealed        bytea,
    citizen_index       bytea NOT NULL CHECK (octet_length(citizen_index) = 32),
    birth_date          date NOT NULL,
    sex                 text NOT NULL CHECK (sex IN ('FEMALE', 'MALE')),
    community_code      text NOT NULL CONSTRAINT resident_community REFERENCES divisions (code),
    grid_code           text CONSTRAINT resident_grid REFERENCES grids (code),
    status              text NOT NULL,
    verified_at         timestamptz,
    verified_by         text,
    verification_method text CHECK (verification_method IN
                        ('ID_CARD', 'HOUSEHOLD_REGISTER', 'HOME_VISIT', 'SHARED_DATA')),
    died_on             date,
    merged_into         uuid REFERENCES residents (id),
    demo                boolean NOT NULL,
    version             integer NOT NULL DEFAULT 1,
    registered_at       timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    CONSTRAINT resident_grid_community CHECK (
        grid_code IS NULL OR substr(grid_code, 1, 12) = community_code),
    CONSTRAINT resident_verification CHECK (
        (verified_at IS NULL) = (verified_by IS NULL)
        AND (verified_at IS NULL) = (verification_method IS NULL)),
    CONSTRAINT resident_death CHECK (
        (status = 'DECEASED') = (died_on IS NOT NULL) AND died_on >= birth_date),
    CONSTRAINT resident_merge CHECK (
        (status = 'MERGED') = (merged_into IS NOT NULL) AND merged_into <> id)
);
-- One person, one record.
CREATE UNIQUE INDEX resident_exists ON residents (citizen_index) WHERE status <> 'MERGED';
CREATE INDEX residents_by_community ON residents (community_code text_pattern_ops, id);
CREATE INDEX residents_by_grid ON residents (grid_code, id);
REVOKE DELETE ON residents FROM sanshe_app;

-- The legal moves; the domain holds the same table and a test compares them.
CREATE TABLE resident_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO resident_transitions VALUES
    ('ALIVE', 'MOVED'), ('MOVED', 'ALIVE'),
    ('ALIVE', 'DECEASED'), ('MOVED', 'DECEASED'),
    ('ALIVE', 'MERGED'), ('MOVED', 'MERGED');
REVOKE INSERT, UPDATE, DELETE ON resident_transitions FROM sanshe_app;

CREATE FUNCTION residents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status <> 'ALIVE' THEN
            PERFORM sanshe_refuse('RESIDENT_STATUS', '居民只能以在册状态登记', 'a resident begins as ALIVE');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.id <> OLD.id OR NEW.citizen_index <> OLD.citizen_index
       OR NEW.birth_date <> OLD.birth_date OR NEW.registered_at <> OLD.registered_at THEN
        PERFORM sanshe_refuse('RESIDENT_IDENTITY',
            '居民的身份和登记时间不可更改', 'the identity of a resident never changes');
    END IF;
    IF NEW.status <> OLD.status AND NOT EXISTS (
        SELECT 1 FROM resident_transitions t
        WHERE t.from_state = OLD.status AND t.to_state = NEW.status) THEN
        PERFORM sanshe_refuse('RESIDENT_STATUS',
            format('居民不能从 %s 变为 %s', OLD.status, NEW.status),
            format('a resident cannot go from %s to %s', OLD.status, NEW.status));
    END IF;
    IF OLD.verified_at IS NOT NULL AND NEW.verified_at IS DISTINCT FROM OLD.verified_at THEN
        PERFORM sanshe_refuse('RESIDENT_ALREADY_VERIFIED',
            '身份核验记录不可更改', 'a verification never changes');
    END IF;
    -- A record that others were merged into is not merged itself, and the
    -- other way round: chains end after one step.
    IF NEW.merged_into IS NOT NULL AND (
        EXISTS (SELECT 1 FROM residents r WHERE r.id = NEW.merged_into AND r.status = 'MERGED')
        OR EXISTS (SELECT 1 FROM residents r WHERE r.merged_into = NEW.id)) THEN
        PERFORM sanshe_refuse('RESIDENT_MERGE_CHAIN',
            '只能并入一条未被合并的记录', 'a record is merged into one that is not merged itself');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER residents_guard BEFORE INSERT OR UPDATE ON residents
    FOR EACH ROW EXECUTE FUNCTION residents_guard();
CREATE TRIGGER residents_demo BEFORE INSERT OR UPDATE OF community_code, demo ON residents
    FOR EACH ROW EXECUTE FUNCTION demo_follows_division();
