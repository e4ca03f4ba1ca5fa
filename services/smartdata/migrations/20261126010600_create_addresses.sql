-- 地址 (A61 地理库): in exactly one grid on every day. Grids are drawn anew now
-- and then; where an address lay on a day stays known.
CREATE TABLE addresses (
    id            uuid PRIMARY KEY,
    division_code text NOT NULL CONSTRAINT address_division REFERENCES divisions (code),
    text          text NOT NULL CHECK (length(text) BETWEEN 1 AND 200),
    created_at    timestamptz NOT NULL,
    CONSTRAINT address_exists UNIQUE (division_code, text)
);
CREATE INDEX addresses_by_division ON addresses (division_code text_pattern_ops, id);
CREATE TRIGGER addresses_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON addresses
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE DELETE ON addresses FROM sanshe_app;

CREATE TABLE address_grids (
    address_id uuid NOT NULL REFERENCES addresses (id),
    grid_code  text NOT NULL CONSTRAINT address_grid REFERENCES grids (code),
    period     daterange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period)),
    CONSTRAINT address_in_one_grid EXCLUDE USING gist (address_id WITH =, period WITH &&)
);
CREATE INDEX address_grids_by_grid ON address_grids (grid_code, address_id);
REVOKE DELETE ON address_grids FROM sanshe_app;

CREATE FUNCTION address_grids_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.address_id <> OLD.address_id OR NEW.grid_code <> OLD.grid_code
       OR lower(NEW.period) <> lower(OLD.period) OR NOT upper_inf(OLD.period)) THEN
        PERFORM sanshe_refuse('ADDRESS_GRID_FIXED', '地址所属网格的记录只能截止,不能改写',
            'where an address lay can be ended, and never changes');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM addresses a WHERE a.id = NEW.address_id
                   AND a.division_code = substr(NEW.grid_code, 1, 12)) THEN
        PERFORM sanshe_refuse('GRID_OF_OTHER_COMMUNITY', '网格不在该地址所在的社区内',
            'the grid lies in another community');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER address_grids_guard BEFORE INSERT OR UPDATE ON address_grids
    FOR EACH ROW EXECUTE FUNCTION address_grids_guard();

-- Never in none: the present assignment is there, and follows the one before.
CREATE FUNCTION addresses_have_grids() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE of uuid := CASE WHEN TG_TABLE_NAME = 'addresses' THEN (to_jsonb(NEW) ->> 'id')::uuid
                        ELSE (to_jsonb(NEW) ->> 'address_id')::uuid END;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM address_grids g WHERE g.address_id = of AND upper_inf(g.period))
       OR (SELECT count(*) FROM range_agg_gaps(of)) > 0 THEN
        PERFORM sanshe_refuse('ADDRESS_WITHOUT_GRID', '地址在任何一天都须属于一个网格',
            'an address lies in a grid on every day');
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION range_agg_gaps(of uuid) RETURNS SETOF daterange LANGUAGE sql STABLE AS $$
    SELECT unnest(datemultirange(daterange(min(lower(period)), NULL)) - range_agg(period))
    FROM address_grids WHERE address_id = of
$$;
CREATE CONSTRAINT TRIGGER addresses_have_grids AFTER INSERT ON addresses
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION addresses_have_grids();
CREATE CONSTRAINT TRIGGER address_grids_whole AFTER INSERT OR UPDATE ON address_grids
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION addresses_have_grids();
