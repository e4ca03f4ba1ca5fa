-- 目标值 (A7): set by the office of a division for a year, on a document, from a
-- day on. Never edited: the next one takes its place from the day it begins.
CREATE TABLE goal_targets (
    id              uuid PRIMARY KEY,
    indicator       text NOT NULL CONSTRAINT goal_target_indicator REFERENCES goal_indicators (code),
    division_code   text NOT NULL CONSTRAINT goal_target_division REFERENCES divisions (code),
    year            integer NOT NULL CONSTRAINT goal_target_year CHECK (year BETWEEN 2000 AND 2100),
    -- None where a document takes the target back and sets no other.
    amount          bigint CONSTRAINT goal_target_amount CHECK (amount BETWEEN 0 AND 1000000000),
    document        text NOT NULL CONSTRAINT goal_target_document CHECK (length(btrim(document)) BETWEEN 1 AND 200),
    demo            boolean NOT NULL,
    effective_from  date NOT NULL,
    effective_until date,
    superseded_by   uuid,
    set_by          text NOT NULL CHECK (set_by <> ''),
    set_at          timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    CONSTRAINT goal_target_from CHECK (effective_from <= make_date(year, 12, 31)),
    CONSTRAINT goal_target_until CHECK (effective_until >= effective_from),
    CONSTRAINT goal_target_superseded CHECK ((effective_until IS NULL) = (superseded_by IS NULL)),
    CONSTRAINT goal_target_begins UNIQUE (id, indicator, division_code, year, effective_from),
    CONSTRAINT goal_target_next FOREIGN KEY (superseded_by, indicator, division_code, year, effective_until)
        REFERENCES goal_targets (id, indicator, division_code, year, effective_from) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT goal_target_exists EXCLUDE USING gist (indicator WITH =, division_code WITH =, year WITH =,
        daterange(effective_from, effective_until) WITH &&)
);
CREATE INDEX goal_targets_by_division ON goal_targets (division_code text_pattern_ops, year);
-- One successor each, and what it takes back is found by it.
CREATE UNIQUE INDEX goal_target_follows ON goal_targets (superseded_by) WHERE superseded_by IS NOT NULL;
REVOKE UPDATE, DELETE ON goal_targets FROM sanshe_app;
GRANT UPDATE (effective_until, superseded_by, version) ON goal_targets TO sanshe_app;

CREATE FUNCTION goal_targets_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    city text := city_of(NEW.division_code);
BEGIN
    IF city IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock_shared(goal_year_key(city, NEW.year));
        IF EXISTS (SELECT 1 FROM goal_years y WHERE y.division_code = city AND y.year = NEW.year) THEN
            PERFORM sanshe_refuse('GOAL_YEAR_CLOSED', '该年度已结账,目标不可再更改',
                'this year is closed: its targets never change');
        END IF;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF OLD.effective_until IS NOT NULL OR
           (NEW.id, NEW.indicator, NEW.division_code, NEW.year, NEW.amount, NEW.document, NEW.demo,
            NEW.effective_from, NEW.set_by, NEW.set_at)
           IS DISTINCT FROM
           (OLD.id, OLD.indicator, OLD.division_code, OLD.year, OLD.amount, OLD.document, OLD.demo,
            OLD.effective_from, OLD.set_by, OLD.set_at) THEN
            PERFORM sanshe_refuse('GOAL_TARGET_FIXED', '目标不可更改,只能由新的目标取代',
                'a target never changes, another one takes its place');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.effective_until IS NOT NULL THEN
        PERFORM sanshe_refuse('GOAL_TARGET_FIXED', '新目标不得自始失效', 'a new target is in force');
    END IF;
    IF NEW.amount IS NULL AND NOT EXISTS (SELECT 1 FROM goal_targets t WHERE t.superseded_by = NEW.id) THEN
        PERFORM sanshe_refuse('GOAL_TARGET_NONE', '没有可撤销的目标', 'there is no target to take back');
    END IF;
    IF NOT NEW.demo AND EXISTS (SELECT 1 FROM divisions d WHERE d.code = NEW.division_code AND d.demo) THEN
        PERFORM sanshe_refuse('DEMO_UNMARKED', '示范社区内的数据须标为示范数据',
            'what lies in a demonstration community is marked as demonstration data');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER goal_targets_guard BEFORE INSERT OR UPDATE ON goal_targets
    FOR EACH ROW EXECUTE FUNCTION goal_targets_guard();
CREATE TRIGGER goal_targets_stay BEFORE DELETE OR TRUNCATE ON goal_targets
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
