-- 试点社区在本服务的事实 (A34, A36): told by the service that owns pilots, or
-- attested by the civil affairs bureau. Two duties follow, and the database
-- itself raises both: a centre from so many square metres on, a district
-- centre from so many pilots on.

INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('incubation.dual_innovation_area', 1000, 'm2', '[2015-01-01,)',
     '《关于开展“三社联动”试点工作实施方案》四(二):试点社区面积在一千平方米以上的,要设立“双创培育孵化中心”'),
    ('inc.district_centre.pilot_count', 10, 'pilots', '[2015-01-01,)',
     '《关于开展“三社联动”试点工作实施方案》四(二):对达到十个以上试点单位的城区要帮助筹建区级社会服务中心');

CREATE TABLE pilot_sites (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL CONSTRAINT pilot_site_once UNIQUE,
    division_code text NOT NULL CONSTRAINT pilot_site_division CHECK
                  (division_code ~ '^[1-9][0-9]{11}$' AND right(division_code, 3) <> '000'),
    -- Unknown until it is measured.
    area_m2       integer CONSTRAINT pilot_site_area CHECK (area_m2 BETWEEN 1 AND 1000000),
    active        boolean NOT NULL,
    -- The day the fact holds from; an older fact never replaces a newer one.
    as_of         date NOT NULL,
    source        text NOT NULL CHECK (source IN ('EVENT', 'ATTESTED')),
    document      text NOT NULL CHECK (length(document) BETWEEN 1 AND 200),
    attested_by   text NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX pilot_sites_by_division ON pilot_sites (division_code text_pattern_ops);
REVOKE DELETE ON pilot_sites FROM sanshe_app;

-- 应设双创培育孵化中心的社区. Raised and lifted by the trigger alone.
CREATE TABLE centre_obligations (
    -- The id of the pilot's own row: one duty for one pilot.
    id            uuid PRIMARY KEY REFERENCES pilot_sites (id),
    community_id  uuid NOT NULL,
    division_code text NOT NULL,
    area_m2       integer NOT NULL,
    -- The number that was in force on the day.
    threshold_m2  integer NOT NULL,
    raised_on     date NOT NULL,
    lifted_on     date,
    CONSTRAINT centre_obligation_area CHECK (area_m2 >= threshold_m2)
);
CREATE INDEX centre_obligations_by_division ON centre_obligations (division_code text_pattern_ops);
REVOKE INSERT, UPDATE, DELETE ON centre_obligations FROM sanshe_app;

-- 区级社会服务中心筹建任务. Raised by the trigger; ended by a centre or a reason.
CREATE TABLE district_centre_tasks (
    -- The id of the pilot that made it enough.
    id            uuid PRIMARY KEY,
    division_code text NOT NULL CONSTRAINT district_centre_task_once UNIQUE
                  CHECK (division_code ~ '^[1-9][0-9]{5}000000$'),
    state         text NOT NULL DEFAULT 'OPEN' CHECK (state IN ('OPEN', 'ESTABLISHED', 'WAIVED')),
    pilots        integer NOT NULL,
    threshold     integer NOT NULL,
    raised_on     date NOT NULL,
    centre_id     uuid,
    decided_by    text,
    decided_on    date,
    reason        text CHECK (length(reason) BETWEEN 1 AND 500),
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT district_centre_task_count CHECK (pilots >= threshold),
    CONSTRAINT district_centre_task_ended CHECK (CASE state
        WHEN 'OPEN' THEN num_nonnulls(centre_id, decided_by, decided_on, reason) = 0
        WHEN 'ESTABLISHED' THEN num_nonnulls(centre_id, decided_by, decided_on) = 3
        ELSE centre_id IS NULL AND num_nonnulls(decided_by, decided_on, reason) = 3 END)
);
REVOKE INSERT, UPDATE, DELETE ON district_centre_tasks FROM sanshe_app;
GRANT UPDATE (state, centre_id, decided_by, decided_on, reason, version) ON district_centre_tasks TO sanshe_app;
INSERT INTO state_transitions VALUES
    ('district_centre_task', 'OPEN', 'ESTABLISHED'), ('district_centre_task', 'OPEN', 'WAIVED'),
    ('district_centre_task', 'WAIVED', 'ESTABLISHED');
CREATE TRIGGER district_centre_tasks_state BEFORE INSERT OR UPDATE ON district_centre_tasks
    FOR EACH ROW EXECUTE FUNCTION state_guard('district_centre_task', 'OPEN');

CREATE FUNCTION pilot_sites_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.id <> OLD.id OR NEW.community_id <> OLD.community_id OR NEW.created_at <> OLD.created_at
       OR NEW.as_of < OLD.as_of THEN
        PERFORM sanshe_refuse('PILOT_SITE_OLDER', '已有更晚日期的试点情况,社区也不可更改',
            'a later fact about this pilot is known already, and its community never changes');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pilot_sites_guard BEFORE UPDATE ON pilot_sites
    FOR EACH ROW EXECUTE FUNCTION pilot_sites_guard();

CREATE FUNCTION pilot_sites_oblige() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    least integer := parameter_in_force('incubation.dual_innovation_area', NEW.division_code, NEW.as_of);
    enough integer;
    district text := left(NEW.division_code, 6) || '000000';
    counted integer;
BEGIN
    IF NEW.active AND NEW.area_m2 >= least THEN
        INSERT INTO centre_obligations AS o
            (id, community_id, division_code, area_m2, threshold_m2, raised_on)
        VALUES (NEW.id, NEW.community_id, NEW.division_code, NEW.area_m2, least, NEW.as_of)
        ON CONFLICT (id) DO UPDATE SET division_code = NEW.division_code,
            area_m2 = NEW.area_m2, threshold_m2 = least, lifted_on = NULL,
            raised_on = CASE WHEN o.lifted_on IS NULL THEN o.raised_on ELSE NEW.as_of END;
    ELSE
        UPDATE centre_obligations SET lifted_on = NEW.as_of
        WHERE id = NEW.id AND lifted_on IS NULL;
    END IF;
    IF NEW.active THEN
        -- Two pilots at once are counted one after the other.
        PERFORM pg_advisory_xact_lock(hashtextextended('district_centre:' || district, 0));
        enough := parameter_in_force('inc.district_centre.pilot_count', district, NEW.as_of);
        SELECT count(*) INTO counted FROM pilot_sites
        WHERE active AND starts_with(division_code, left(district, 6));
        IF counted >= enough THEN
            INSERT INTO district_centre_tasks (id, division_code, pilots, threshold, raised_on)
            VALUES (NEW.id, district, counted, enough, NEW.as_of)
            ON CONFLICT (division_code) DO NOTHING;
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER pilot_sites_oblige AFTER INSERT OR UPDATE ON pilot_sites
    FOR EACH ROW EXECUTE FUNCTION pilot_sites_oblige();
