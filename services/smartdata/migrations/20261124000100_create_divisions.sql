-- 行政区划 (A60, B3). One row per 12-digit code. Level and parent are told by
-- the code itself, so they are computed and cannot disagree with it.
--
-- The parts are 2-2-2-3-3 digits. A township whose county part is 00 stands
-- directly below its city (东莞, 中山, 儋州); every other gap is refused.
CREATE TABLE divisions (
    code        text PRIMARY KEY CONSTRAINT division_code CHECK (
                    code ~ '^[1-9][0-9]{11}$'
                    AND (substr(code, 3, 2) <> '00' OR substr(code, 5) = '00000000')
                    AND (substr(code, 7, 3) <> '000' OR substr(code, 10) = '000')),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    level       text NOT NULL GENERATED ALWAYS AS (CASE
                    WHEN substr(code, 10) <> '000' THEN 'COMMUNITY'
                    WHEN substr(code, 7, 3) <> '000' THEN 'TOWNSHIP'
                    WHEN substr(code, 5, 2) <> '00' THEN 'COUNTY'
                    WHEN substr(code, 3, 2) <> '00' THEN 'CITY'
                    ELSE 'PROVINCE' END) STORED,
    parent_code text GENERATED ALWAYS AS (CASE
                    WHEN substr(code, 10) <> '000' THEN substr(code, 1, 9) || '000'
                    WHEN substr(code, 7, 3) <> '000' AND substr(code, 5, 2) <> '00'
                        THEN substr(code, 1, 6) || '000000'
                    WHEN substr(code, 7, 3) <> '000' OR substr(code, 5, 2) <> '00'
                        THEN substr(code, 1, 4) || '00000000'
                    WHEN substr(code, 3, 2) <> '00' THEN substr(code, 1, 2) || '0000000000'
                    END) STORED,
    -- Made by the platform for demonstrations, not by the national files.
    demo        boolean NOT NULL DEFAULT false,
    -- Ended, never deleted: identity numbers and old records keep naming it.
    -- No lower bound: it was there before this register began.
    valid       daterange NOT NULL CONSTRAINT division_valid CHECK (NOT isempty(valid)),
    CONSTRAINT division_demo CHECK (NOT demo OR substr(code, 10) <> '000')
);
CREATE INDEX divisions_by_parent ON divisions (parent_code, code);
CREATE INDEX divisions_by_level ON divisions (level, code);

-- How a division was called, and when it was in force, before.
CREATE TABLE division_history (
    code  text NOT NULL REFERENCES divisions (code),
    name  text NOT NULL,
    valid daterange NOT NULL CHECK (NOT isempty(valid) AND NOT upper_inf(valid)),
    CONSTRAINT division_history_overlap EXCLUDE USING gist (code WITH =, valid WITH &&)
);

-- What became of a division that ended (merged, split, renumbered).
CREATE TABLE division_successors (
    code           text NOT NULL REFERENCES divisions (code),
    successor_code text NOT NULL REFERENCES divisions (code),
    since          date NOT NULL,
    PRIMARY KEY (code, successor_code),
    CONSTRAINT division_successor_itself CHECK (code <> successor_code)
);

-- Once per statement, not per row: an import brings 45,000 rows at once.
CREATE FUNCTION divisions_have_parents() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    orphan text;
BEGIN
    SELECT f.code INTO orphan FROM fresh f
    WHERE f.parent_code IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM divisions d WHERE d.code = f.parent_code)
    LIMIT 1;
    IF orphan IS NOT NULL THEN
        PERFORM sanshe_refuse('DIVISION_PARENT_MISSING',
            format('区划 %s 的上级不存在', orphan),
            format('division %s has no parent', orphan));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER divisions_have_parents AFTER INSERT ON divisions
    REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION divisions_have_parents();

-- Parents stay, so the check on insert is enough.
CREATE FUNCTION divisions_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.code <> OLD.code OR NEW.demo <> OLD.demo THEN
            PERFORM sanshe_refuse('DIVISION_IDENTITY',
                '区划的代码和来源不可更改', 'the code and the origin of a division never change');
        END IF;
        RETURN NEW;
    END IF;
    PERFORM sanshe_refuse('DIVISION_STAYS', '区划只能撤销,不能删除', 'a division is ended, never deleted');
    RETURN NULL;
END
$$;
CREATE TRIGGER divisions_stay BEFORE UPDATE OR DELETE ON divisions
    FOR EACH ROW EXECUTE FUNCTION divisions_stay();
CREATE TRIGGER divisions_stay_all BEFORE TRUNCATE ON divisions
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER division_history_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON division_history
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

-- The service itself only adds communities of the demonstration; the register
-- changes through the import, which runs as the owner.
REVOKE UPDATE, DELETE ON divisions FROM sanshe_app;
REVOKE INSERT, UPDATE, DELETE ON division_history, division_successors FROM sanshe_app;
