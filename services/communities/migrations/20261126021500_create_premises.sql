-- 用房 (A28–A30): how large premises are, who is given which part of them and in
-- which order, desks that everybody shares, and time spent among residents.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('com.premises.ceded_office_percent', 30, 'percent of the office area', '[2018-01-01,)', '示范默认值(方案原文为 xx%),待市级文件核定'),
    ('com.desk.max_hours', 12, 'hours', '[2018-01-01,)', '示范默认值,待市级文件核定(公用办公桌一次预订最长时间)');

CREATE TABLE premises (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at    timestamptz NOT NULL,
    total_m2      integer NOT NULL CHECK (total_m2 > 0),
    office_m2     integer NOT NULL CHECK (office_m2 >= 0),
    activity_m2   integer NOT NULL CHECK (activity_m2 >= 0),
    surveyed_on   date NOT NULL,
    document      text NOT NULL CHECK (length(document) BETWEEN 1 AND 200),
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT premises_name UNIQUE (community_id, name),
    CONSTRAINT premises_parts CHECK (office_m2 + activity_m2 <= total_m2)
);
CREATE TRIGGER premises_origin BEFORE UPDATE ON premises
    FOR EACH ROW EXECUTE FUNCTION origin_guard('premises', 'community_id', 'division_code', 'name', 'created_at');
REVOKE DELETE ON premises FROM sanshe_app;

CREATE TABLE rooms (
    id            uuid PRIMARY KEY,
    premises_id   uuid NOT NULL REFERENCES premises (id),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind          text NOT NULL CHECK (kind IN ('OFFICE', 'ACTIVITY', 'DAY_CARE', 'SOCIAL_WORK', 'MEETING', 'OTHER')),
    area_m2       integer NOT NULL CHECK (area_m2 > 0),
    CONSTRAINT room_name UNIQUE (premises_id, name)
);
CREATE FUNCTION rooms_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM premises WHERE id = NEW.premises_id FOR UPDATE;
    IF (SELECT coalesce(sum(area_m2), 0) FROM rooms WHERE premises_id = NEW.premises_id) + NEW.area_m2
       > (SELECT total_m2 FROM premises WHERE id = NEW.premises_id) THEN
        PERFORM sanshe_refuse('ROOMS_TOO_LARGE', '房间面积之和超过用房总面积', 'the rooms together are larger than the premises');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER rooms_guard BEFORE INSERT ON rooms FOR EACH ROW EXECUTE FUNCTION rooms_guard();
CREATE TRIGGER rooms_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rooms
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON rooms FROM sanshe_app;

-- 用房优先使用权 (A28): who comes first.
CREATE FUNCTION applicant_rank(kind text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind WHEN 'ELDER_CARE_ORGANIZATION' THEN 1 WHEN 'SOCIAL_ORGANIZATION' THEN 2
                     WHEN 'RESIDENT_TEAM' THEN 3 ELSE 4 END
$$;
CREATE TABLE space_applications (
    id              uuid PRIMARY KEY,
    premises_id     uuid NOT NULL REFERENCES premises (id),
    community_id    uuid NOT NULL REFERENCES communities (id),
    division_code   text NOT NULL,
    organization_id uuid NOT NULL,
    applicant_kind  text NOT NULL CHECK (applicant_kind IN
                    ('ELDER_CARE_ORGANIZATION', 'SOCIAL_ORGANIZATION', 'RESIDENT_TEAM', 'OTHER')),
    purpose         text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 500),
    area_m2         integer NOT NULL CHECK (area_m2 > 0),
    starts_on         date NOT NULL,
    until_on        date NOT NULL,
    applied_by      text NOT NULL,
    applied_at      timestamptz NOT NULL,
    state           text NOT NULL,
    note            text CHECK (length(note) BETWEEN 1 AND 500),
    updated_at      timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    CONSTRAINT space_application_period CHECK (until_on > starts_on),
    CONSTRAINT space_application_refused CHECK (state <> 'REFUSED' OR note IS NOT NULL)
);
CREATE INDEX space_applications_by_premises ON space_applications (premises_id, id);
INSERT INTO state_moves VALUES
    ('space_application', '', 'APPLIED'),
    ('space_application', 'APPLIED', 'ALLOCATED'),
    ('space_application', 'APPLIED', 'REFUSED'),
    ('space_application', 'APPLIED', 'WITHDRAWN');

CREATE TABLE space_allocations (
    id              uuid PRIMARY KEY,
    premises_id     uuid NOT NULL REFERENCES premises (id),
    community_id    uuid NOT NULL REFERENCES communities (id),
    division_code   text NOT NULL,
    application_id  uuid NOT NULL CONSTRAINT space_allocated_already UNIQUE REFERENCES space_applications (id),
    room_id         uuid REFERENCES rooms (id),
    organization_id uuid NOT NULL,
    area_m2         integer NOT NULL CHECK (area_m2 > 0),
    -- Of the office area, as the plan wants offices to be ceded.
    ceded           boolean NOT NULL,
    free            boolean NOT NULL,
    starts_on         date NOT NULL,
    allocated_by    text NOT NULL,
    allocated_at    timestamptz NOT NULL,
    until_on        date NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    CONSTRAINT space_allocation_period CHECK (until_on >= starts_on),
    CONSTRAINT space_allocation_room EXCLUDE USING gist
        (room_id WITH =, daterange(starts_on, until_on) WITH &&) WHERE (room_id IS NOT NULL)
);
CREATE INDEX space_allocations_by_premises ON space_allocations (premises_id, starts_on);

-- On every day the parts given away fit into the whole, and the ceded ones into
-- the offices: the days on which something begins are enough to look at.
CREATE FUNCTION premises_fit(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
DECLARE p premises%ROWTYPE;
BEGIN
    SELECT * INTO p FROM premises WHERE id = wanted FOR UPDATE;
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT starts_on AS day FROM space_allocations WHERE premises_id = wanted) AS days
        WHERE (SELECT coalesce(sum(a.area_m2), 0) FROM space_allocations a
               WHERE a.premises_id = wanted AND daterange(a.starts_on, a.until_on) @> days.day) > p.total_m2
           OR (SELECT coalesce(sum(a.area_m2), 0) FROM space_allocations a
               WHERE a.premises_id = wanted AND a.ceded AND daterange(a.starts_on, a.until_on) @> days.day) > p.office_m2) THEN
        PERFORM sanshe_refuse('SPACE_EXCEEDED', '分配面积之和超过用房(或办公用房)面积',
            'more space is given away than there is, or than offices have');
    END IF;
END
$$;
CREATE FUNCTION space_allocations_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM premises_fit(NEW.premises_id);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER space_allocations_fit AFTER INSERT OR UPDATE ON space_allocations
    FOR EACH ROW EXECUTE FUNCTION space_allocations_fit();
CREATE FUNCTION premises_survey_fit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM premises_fit(NEW.id);
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER premises_survey_fit AFTER UPDATE ON premises
    FOR EACH ROW EXECUTE FUNCTION premises_survey_fit();

CREATE FUNCTION space_allocations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked space_applications%ROWTYPE;
    room rooms%ROWTYPE;
BEGIN
    -- One decision on premises at a time: the order is the same for all.
    PERFORM 1 FROM premises WHERE id = NEW.premises_id FOR UPDATE;
    SELECT * INTO asked FROM space_applications WHERE id = NEW.application_id;
    IF asked.state <> 'APPLIED' OR asked.premises_id <> NEW.premises_id
       OR asked.organization_id <> NEW.organization_id
       OR NOT daterange(asked.starts_on, asked.until_on) @> daterange(NEW.starts_on, NEW.until_on)
       OR NEW.area_m2 > asked.area_m2 THEN
        PERFORM sanshe_refuse('SPACE_NOT_APPLIED_FOR', '只能按待办的申请分配,且不超过所申请的面积和时间',
            'space is given for an application that waits, and no more than it asks for');
    END IF;
    IF EXISTS (
        SELECT 1 FROM space_applications other
        WHERE other.premises_id = NEW.premises_id AND other.state = 'APPLIED' AND other.id <> asked.id
          AND applicant_rank(other.applicant_kind) < applicant_rank(asked.applicant_kind)
          AND daterange(other.starts_on, other.until_on) && daterange(NEW.starts_on, NEW.until_on)) THEN
        PERFORM sanshe_refuse('SPACE_PRIORITY', '有优先级更高的申请待办,须先处理',
            'an application of higher priority waits and is decided first');
    END IF;
    IF NEW.room_id IS NOT NULL THEN
        SELECT * INTO room FROM rooms WHERE id = NEW.room_id;
        IF room.premises_id <> NEW.premises_id OR room.area_m2 < NEW.area_m2 OR (NEW.ceded AND room.kind <> 'OFFICE') THEN
            PERFORM sanshe_refuse('SPACE_ROOM', '房间不在此处、面积不足,或不是办公用房',
                'the room is elsewhere, too small, or no office');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER space_allocations_guard BEFORE INSERT ON space_allocations
    FOR EACH ROW EXECUTE FUNCTION space_allocations_guard();
CREATE FUNCTION space_allocations_end_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.until_on > OLD.until_on THEN
        PERFORM sanshe_refuse('SPACE_NOT_EXTENDED', '分配只能提前终止,延长须重新申请',
            'an allocation ends early or not at all; for longer one applies again');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER space_allocations_end_guard BEFORE UPDATE ON space_allocations
    FOR EACH ROW EXECUTE FUNCTION space_allocations_end_guard();
CREATE TRIGGER space_allocations_origin BEFORE UPDATE ON space_allocations
    FOR EACH ROW EXECUTE FUNCTION origin_guard('space', 'premises_id', 'community_id', 'division_code', 'application_id',
        'room_id', 'organization_id', 'area_m2', 'ceded', 'free', 'starts_on', 'allocated_by', 'allocated_at');
REVOKE DELETE ON space_allocations FROM sanshe_app;

CREATE FUNCTION space_applications_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM space_allocations a WHERE a.application_id = NEW.id) THEN
        PERFORM sanshe_refuse('SPACE_NOT_ALLOCATED', '没有分配记录', 'nothing is allocated for it');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER space_applications_guard BEFORE UPDATE ON space_applications
    FOR EACH ROW WHEN (NEW.state = 'ALLOCATED' AND OLD.state <> 'ALLOCATED')
    EXECUTE FUNCTION space_applications_guard();
CREATE TRIGGER space_applications_origin BEFORE UPDATE ON space_applications
    FOR EACH ROW EXECUTE FUNCTION origin_guard('space_application', 'premises_id', 'community_id', 'division_code',
        'organization_id', 'applicant_kind', 'purpose', 'area_m2', 'starts_on', 'until_on', 'applied_by', 'applied_at');
CREATE TRIGGER space_applications_state BEFORE INSERT OR UPDATE ON space_applications
    FOR EACH ROW EXECUTE FUNCTION state_guard('space_application');
REVOKE DELETE ON space_applications FROM sanshe_app;

-- How much of its offices a community cedes on a day, in whole percent.
CREATE FUNCTION ceded_percent(community uuid, day date) RETURNS integer LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT sum(a.area_m2) * 100 FROM space_allocations a
        WHERE a.community_id = community AND a.ceded AND daterange(a.starts_on, a.until_on) @> day)
        / nullif((SELECT sum(p.office_m2) FROM premises p WHERE p.community_id = community), 0), 0)::integer
$$;

-- 让渡空间: a pilot with its facilities cedes at least so much. Comes after
-- pilots_guard, by its name.
CREATE FUNCTION pilots_space_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    day date := china_day(NEW.updated_at);
    least bigint := policy_number('com.premises.ceded_office_percent', NEW.division_code, day);
    ceded integer := ceded_percent(NEW.community_id, day);
BEGIN
    IF ceded < least THEN
        PERFORM sanshe_refuse('PILOT_CEDED_SPACE',
            format('办公用房让渡 %s%%,低于规定的 %s%%', ceded, least),
            format('%s%% of the offices are ceded, the rule asks for %s%%', ceded, least));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER pilots_space_guard BEFORE UPDATE ON pilots
    FOR EACH ROW WHEN (NEW.state <> OLD.state
        AND (NEW.state = 'OPERATING' OR (NEW.state = 'APPROVED' AND NEW.batch = 1)))
    EXECUTE FUNCTION pilots_space_guard();

-- 公用办公桌 (A30): nobody has two desks, no desk two people.
CREATE TABLE desks (
    id            uuid PRIMARY KEY,
    premises_id   uuid NOT NULL REFERENCES premises (id),
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    label         text NOT NULL CHECK (length(label) BETWEEN 1 AND 50),
    CONSTRAINT desk_label UNIQUE (premises_id, label)
);
CREATE TRIGGER desks_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON desks
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON desks FROM sanshe_app;

CREATE TABLE desk_bookings (
    id            uuid PRIMARY KEY,
    desk_id       uuid NOT NULL REFERENCES desks (id),
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    booked_by     text NOT NULL,
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    created_at    timestamptz NOT NULL,
    cancelled_at  timestamptz,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT desk_booking_period CHECK (ends_at > starts_at AND starts_at >= created_at),
    CONSTRAINT desk_booked EXCLUDE USING gist
        (desk_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (cancelled_at IS NULL),
    CONSTRAINT desk_booked_by EXCLUDE USING gist
        (booked_by WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (cancelled_at IS NULL)
);
CREATE INDEX desk_bookings_by_community ON desk_bookings (community_id, id);
CREATE FUNCTION desk_bookings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ends_at > NEW.starts_at + make_interval(hours =>
        policy_number('com.desk.max_hours', NEW.division_code, china_day(NEW.created_at))::integer) THEN
        PERFORM sanshe_refuse('DESK_TOO_LONG', '一次预订超过规定时间', 'the booking is longer than the rule');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER desk_bookings_guard BEFORE INSERT ON desk_bookings
    FOR EACH ROW EXECUTE FUNCTION desk_bookings_guard();
CREATE TRIGGER desk_bookings_origin BEFORE UPDATE ON desk_bookings
    FOR EACH ROW EXECUTE FUNCTION origin_guard('desk_booking', 'desk_id', 'community_id', 'division_code', 'booked_by',
        'starts_at', 'ends_at', 'created_at');
REVOKE DELETE ON desk_bookings FROM sanshe_app;

-- 下沉一线 (A30): a day of somebody, and how much of it was among residents.
CREATE TABLE field_time_logs (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    staff         text NOT NULL,
    day           date NOT NULL,
    field_minutes integer NOT NULL CHECK (field_minutes >= 0),
    total_minutes integer NOT NULL CHECK (total_minutes BETWEEN 1 AND 960),
    note          text CHECK (length(note) BETWEEN 1 AND 500),
    recorded_at   timestamptz NOT NULL,
    CONSTRAINT field_time_day UNIQUE (staff, day),
    CONSTRAINT field_time_part CHECK (field_minutes <= total_minutes),
    CONSTRAINT field_time_past CHECK (day <= china_day(recorded_at))
);
CREATE INDEX field_time_by_community ON field_time_logs (community_id, day);
CREATE TRIGGER field_time_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON field_time_logs
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON field_time_logs FROM sanshe_app;
