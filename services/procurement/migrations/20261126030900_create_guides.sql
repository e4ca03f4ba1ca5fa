-- 项目范围与招投标指南公开 (A68): what a division buys and funds, and how one takes part.
-- Versions: a guide is replaced, never changed.
CREATE TABLE guides (
    id            uuid PRIMARY KEY,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    kind          text NOT NULL CHECK (kind IN ('SCOPE', 'BIDDING', 'VENTURE')),
    year          integer NOT NULL CHECK (year BETWEEN 2000 AND 2200),
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    body          text NOT NULL CHECK (length(body) BETWEEN 1 AND 20000),
    budget_fen    bigint CHECK (budget_fen > 0),
    version       integer NOT NULL CHECK (version > 0),
    published_by  text NOT NULL,
    published_at  timestamptz NOT NULL,
    CONSTRAINT guide_version_exists UNIQUE (division_code, kind, year, version)
);
CREATE FUNCTION guides_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.version <> 1 + (SELECT coalesce(max(g.version), 0) FROM guides g
                           WHERE g.division_code = NEW.division_code AND g.kind = NEW.kind AND g.year = NEW.year) THEN
        PERFORM sanshe_refuse('GUIDE_VERSION', '指南版本须连续', 'the versions of a guide follow each other');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER guides_guard BEFORE INSERT ON guides FOR EACH ROW EXECUTE FUNCTION guides_guard();
CREATE TRIGGER guides_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON guides
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON guides FROM sanshe_app;
