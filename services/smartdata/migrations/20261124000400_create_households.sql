-- 户 (A61): who lives together. A resident is in one household at a time, and
-- a household has one head at a time.
CREATE TABLE households (
    id             uuid PRIMARY KEY,
    community_code text NOT NULL REFERENCES divisions (code),
    grid_code      text REFERENCES grids (code),
    demo           boolean NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT household_grid_community CHECK (
        grid_code IS NULL OR substr(grid_code, 1, 12) = community_code)
);
CREATE INDEX households_by_community ON households (community_code text_pattern_ops, id);
REVOKE DELETE ON households FROM sanshe_app;
CREATE TRIGGER households_demo BEFORE INSERT OR UPDATE ON households
    FOR EACH ROW EXECUTE FUNCTION demo_follows_division();

CREATE TABLE household_members (
    household_id uuid NOT NULL REFERENCES households (id),
    resident_id  uuid NOT NULL REFERENCES residents (id),
    relation     text NOT NULL CHECK (relation IN
                 ('HEAD', 'SPOUSE', 'CHILD', 'PARENT', 'GRANDCHILD', 'OTHER')),
    period       tstzrange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period)),
    CONSTRAINT resident_in_household EXCLUDE USING gist (resident_id WITH =, period WITH &&),
    CONSTRAINT household_has_head EXCLUDE USING gist (household_id WITH =, period WITH &&)
        WHERE (relation = 'HEAD')
);
CREATE INDEX household_members_by_household ON household_members (household_id, resident_id);
REVOKE DELETE ON household_members FROM sanshe_app;

CREATE FUNCTION household_members_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.household_id <> OLD.household_id OR NEW.resident_id <> OLD.resident_id
           OR NEW.relation <> OLD.relation OR lower(NEW.period) <> lower(OLD.period)
           OR NOT upper_inf(OLD.period) THEN
            PERFORM sanshe_refuse('HOUSEHOLD_MEMBER_FIXED',
                '户内成员记录只能截止,不能改写', 'a membership can only be ended');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM residents r JOIN households h ON h.id = NEW.household_id
        WHERE r.id = NEW.resident_id AND r.status = 'ALIVE'
          AND r.community_code = h.community_code) THEN
        PERFORM sanshe_refuse('HOUSEHOLD_MEMBER_ELSEWHERE',
            '户内成员须是本社区在册的居民', 'a member of a household lives in the same community');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER household_members_guard BEFORE INSERT OR UPDATE ON household_members
    FOR EACH ROW EXECUTE FUNCTION household_members_guard();
