-- 物资 (A61 物质库): what a community has, where, and what each count found.
CREATE TABLE assets (
    id            uuid PRIMARY KEY,
    code          text NOT NULL CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{1,39}$'),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind          text NOT NULL CHECK (kind IN ('VENUE', 'FACILITY', 'EQUIPMENT', 'VEHICLE', 'SUPPLIES')),
    division_code text NOT NULL CONSTRAINT asset_division REFERENCES divisions (code),
    grid_code     text CONSTRAINT asset_grid REFERENCES grids (code),
    location      text NOT NULL CHECK (length(location) BETWEEN 1 AND 200),
    custodian     text NOT NULL CHECK (length(custodian) BETWEEN 1 AND 100),
    unit          text NOT NULL CHECK (length(unit) BETWEEN 1 AND 20),
    quantity      integer NOT NULL CONSTRAINT asset_quantity CHECK (quantity >= 0),
    state         text NOT NULL CHECK (state IN ('IN_USE', 'IDLE', 'BROKEN', 'RETIRED')),
    counted_at    timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    registered_at timestamptz NOT NULL,
    CONSTRAINT asset_exists UNIQUE (division_code, code),
    CONSTRAINT asset_place CHECK (grid_code IS NULL OR substr(grid_code, 1, 12) = division_code)
);
CREATE INDEX assets_by_division ON assets (division_code text_pattern_ops, id);
REVOKE DELETE ON assets FROM sanshe_app;

-- 盘点: what was there. The asset shows what the last one found.
CREATE TABLE asset_counts (
    asset_id uuid NOT NULL REFERENCES assets (id),
    version  integer NOT NULL CHECK (version > 0),
    quantity integer NOT NULL CHECK (quantity >= 0),
    state    text NOT NULL,
    note     text CHECK (length(note) BETWEEN 1 AND 1000),
    actor    text NOT NULL CHECK (actor <> ''),
    actor_name text,
    at       timestamptz NOT NULL,
    PRIMARY KEY (asset_id, version)
);
CREATE TRIGGER asset_counts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON asset_counts
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON asset_counts FROM sanshe_app;

CREATE FUNCTION assets_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'RETIRED' THEN
        PERFORM sanshe_refuse('ASSET_RETIRED', '物资已报废,不可再更改', 'an asset that was retired never changes');
    END IF;
    IF (NEW.id, NEW.code, NEW.division_code, NEW.kind, NEW.unit, NEW.registered_at)
       IS DISTINCT FROM (OLD.id, OLD.code, OLD.division_code, OLD.kind, OLD.unit, OLD.registered_at) THEN
        PERFORM sanshe_refuse('ASSET_IDENTITY', '物资的编码、类型和单位不可更改', 'what an asset is never changes');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER assets_guard BEFORE UPDATE ON assets
    FOR EACH ROW EXECUTE FUNCTION assets_guard();

CREATE FUNCTION assets_are_counted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM asset_counts c WHERE c.asset_id = NEW.id AND c.version = NEW.version
                   AND c.quantity = NEW.quantity AND c.state = NEW.state) THEN
        PERFORM sanshe_refuse('ASSET_UNCOUNTED', '数量和状态的变化须有盘点记录', 'what an asset shows is what was counted');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER assets_are_counted AFTER INSERT OR UPDATE ON assets
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION assets_are_counted();
