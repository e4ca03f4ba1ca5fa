-- 网格 (A26, A60): 15 digits, the first twelve its community's.
CREATE TABLE grids (
    id             uuid PRIMARY KEY,
    code           text NOT NULL CONSTRAINT grid_exists UNIQUE
                   CONSTRAINT grid_code CHECK (code ~ '^[0-9]{15}$' AND substr(code, 13) <> '000'),
    community_code text NOT NULL GENERATED ALWAYS AS (substr(code, 1, 12)) STORED
                   CONSTRAINT grid_community REFERENCES divisions (code),
    name           text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind           text NOT NULL CHECK (kind IN ('RESIDENTIAL', 'UNIT', 'COMMERCIAL')),
    demo           boolean NOT NULL,
    created_at     timestamptz NOT NULL
);
CREATE INDEX grids_by_community ON grids (community_code text_pattern_ops, code);
REVOKE DELETE ON grids FROM sanshe_app;

-- 网格长: one at a time.
CREATE TABLE grid_leads (
    grid_id uuid NOT NULL REFERENCES grids (id),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 200),
    name    text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    period  tstzrange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period)),
    CONSTRAINT grid_lead_exists EXCLUDE USING gist (grid_id WITH =, period WITH &&)
);
REVOKE DELETE ON grid_leads FROM sanshe_app;

-- What lies in a demonstration community is demonstration data.
CREATE FUNCTION demo_follows_division() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    place divisions%ROWTYPE;
BEGIN
    SELECT * INTO place FROM divisions d WHERE d.code = NEW.community_code;
    IF NOT FOUND OR place.level <> 'COMMUNITY' THEN
        PERFORM sanshe_refuse('DIVISION_NOT_FOUND',
            format('区划中没有社区 %s', NEW.community_code),
            format('%s is no community of the register', NEW.community_code));
    END IF;
    IF place.demo AND NOT NEW.demo THEN
        PERFORM sanshe_refuse('DEMO_UNMARKED',
            '示范社区内的数据须标为示范数据',
            'what lies in a demonstration community is marked as demonstration data');
    END IF;
    RETURN NEW;
END
$$;

-- A generated column is not there yet in a BEFORE trigger.
CREATE CONSTRAINT TRIGGER grids_demo AFTER INSERT OR UPDATE ON grids
    FOR EACH ROW EXECUTE FUNCTION demo_follows_division();
