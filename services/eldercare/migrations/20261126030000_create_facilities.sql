-- 日间照料 (A56, A57): 日间照料室, 活动室, 社工室. Rooms with slots of time, each
-- with so many places; whoever finds none waits, and moves up in order. Nobody
-- is in two places at once, and no facility takes in more than its places.
CREATE TABLE facilities (
    id              uuid PRIMARY KEY,
    organization_id uuid,
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- How many it may take in at a time, in all its rooms.
    capacity        integer NOT NULL CHECK (capacity BETWEEN 1 AND 1000),
    opened_by       text NOT NULL CHECK (opened_by <> ''),
    opened_at       timestamptz NOT NULL,
    CONSTRAINT facility_exists UNIQUE (division_code, name)
);
CREATE INDEX facilities_by_division ON facilities (division_code text_pattern_ops, id);
REVOKE UPDATE, DELETE ON facilities FROM sanshe_app;
-- The right to lock a row; nothing of a facility changes.
GRANT UPDATE (capacity) ON facilities TO sanshe_app;

CREATE TABLE rooms (
    id          uuid PRIMARY KEY,
    facility_id uuid NOT NULL REFERENCES facilities (id),
    kind        text NOT NULL CHECK (kind IN ('DAY_CARE', 'ACTIVITY', 'SOCIAL_WORK')),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    capacity    integer NOT NULL CHECK (capacity BETWEEN 1 AND 1000),
    added_at    timestamptz NOT NULL,
    CONSTRAINT room_exists UNIQUE (facility_id, name)
);
REVOKE UPDATE, DELETE ON rooms FROM sanshe_app;
CREATE TRIGGER rooms_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rooms
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE TABLE slots (
    id            uuid PRIMARY KEY,
    room_id       uuid NOT NULL REFERENCES rooms (id),
    facility_id   uuid NOT NULL REFERENCES facilities (id),
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    during        tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(starts_at, ends_at)) STORED,
    capacity      integer NOT NULL CHECK (capacity > 0),
    booked        integer NOT NULL DEFAULT 0,
    waiting       integer NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    state         text NOT NULL CHECK (state IN ('OPEN', 'CANCELLED')),
    cancel_reason text CHECK (length(cancel_reason) BETWEEN 1 AND 500),
    version       integer NOT NULL DEFAULT 1,
    opened_at     timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT slot_order CHECK (ends_at > starts_at),
    CONSTRAINT slot_full CHECK (booked BETWEEN 0 AND capacity),
    CONSTRAINT slot_cancelled CHECK ((state = 'CANCELLED') = (cancel_reason IS NOT NULL)),
    CONSTRAINT slot_overlap EXCLUDE USING gist (room_id WITH =, during WITH &&) WHERE (state = 'OPEN')
);
CREATE INDEX slots_by_facility ON slots (facility_id, starts_at);
REVOKE INSERT, UPDATE, DELETE ON slots FROM sanshe_app;
GRANT INSERT (id, room_id, facility_id, starts_at, ends_at, capacity, state, version, opened_at, updated_at)
    ON slots TO sanshe_app;
-- Places are counted by bookings alone, through the trigger of the schema's owner.
GRANT UPDATE (state, cancel_reason, version, updated_at) ON slots TO sanshe_app;

CREATE FUNCTION slots_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    places integer;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.room_id, NEW.facility_id, NEW.starts_at, NEW.ends_at, NEW.capacity)
           IS DISTINCT FROM
           (OLD.id, OLD.room_id, OLD.facility_id, OLD.starts_at, OLD.ends_at, OLD.capacity)
           OR (OLD.state = 'CANCELLED' AND NEW.state <> 'CANCELLED') THEN
            PERFORM sanshe_refuse('SLOT_FIXED', '时段的时间和名额不可更改,取消后不能恢复',
                'when a slot is and how many it takes never changes, nor is it opened again');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM rooms r WHERE r.id = NEW.room_id AND r.facility_id = NEW.facility_id
                   AND r.capacity >= NEW.capacity) THEN
        PERFORM sanshe_refuse('SLOT_ABOVE_ROOM', '时段名额不能超过房间可容纳人数',
            'a slot takes no more than its room holds');
    END IF;
    -- The lock lets slots of one facility take turns.
    SELECT f.capacity INTO places FROM facilities f WHERE f.id = NEW.facility_id FOR UPDATE;
    IF NEW.capacity + coalesce((SELECT sum(s.capacity) FROM slots s
        WHERE s.facility_id = NEW.facility_id AND s.state = 'OPEN'
          AND s.during && tstzrange(NEW.starts_at, NEW.ends_at)), 0) > places THEN
        PERFORM sanshe_refuse('SLOT_ABOVE_FACILITY', '同一时间各房间名额合计不能超过设施核定人数',
            'at no time do the rooms together take more than the facility may');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER slots_guard BEFORE INSERT OR UPDATE ON slots
    FOR EACH ROW EXECUTE FUNCTION slots_guard();

CREATE TABLE bookings (
    id            uuid PRIMARY KEY,
    slot_id       uuid NOT NULL REFERENCES slots (id),
    -- The order in which those who wait move up.
    queue         bigint GENERATED ALWAYS AS IDENTITY,
    elder_id      uuid NOT NULL REFERENCES elders (resident_id),
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    organization_id uuid,
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL,
    during        tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(starts_at, ends_at)) STORED,
    state         text NOT NULL CHECK (state IN ('WAITING', 'BOOKED', 'CANCELLED', 'ATTENDED', 'ABSENT')),
    cancel_reason text CHECK (length(cancel_reason) BETWEEN 1 AND 500),
    channel       text NOT NULL,
    assisted_by   text,
    version       integer NOT NULL DEFAULT 1,
    asked_at      timestamptz NOT NULL,
    booked_at     timestamptz,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT booking_cancelled CHECK ((state = 'CANCELLED') = (cancel_reason IS NOT NULL)),
    CONSTRAINT booking_booked CHECK
        (state NOT IN ('BOOKED', 'ATTENDED', 'ABSENT') OR booked_at IS NOT NULL),
    -- Nobody is in two places at once.
    CONSTRAINT booking_overlap EXCLUDE USING gist (elder_id WITH =, during WITH &&)
        WHERE (state IN ('BOOKED', 'ATTENDED'))
);
CREATE UNIQUE INDEX booking_exists ON bookings (slot_id, elder_id)
    WHERE state IN ('WAITING', 'BOOKED', 'ATTENDED', 'ABSENT');
CREATE INDEX bookings_queue ON bookings (slot_id, queue) WHERE state = 'WAITING';
CREATE INDEX bookings_by_division ON bookings (division_code text_pattern_ops, id);
CREATE INDEX bookings_by_elder ON bookings (elder_id, id);
REVOKE UPDATE, DELETE ON bookings FROM sanshe_app;
GRANT UPDATE (state, cancel_reason, booked_at, version, updated_at) ON bookings TO sanshe_app;

-- A booking takes its place, and gives it back; the check of the slot refuses
-- one too many.
CREATE FUNCTION bookings_apply() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    takes   integer := CASE WHEN NEW.state IN ('BOOKED', 'ATTENDED', 'ABSENT') THEN 1 ELSE 0 END;
    waits   integer := CASE WHEN NEW.state = 'WAITING' THEN 1 ELSE 0 END;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'WAITING' THEN
            PERFORM sanshe_refuse('BOOKING_STATE', '预约先进入等候,有名额即确认', 'a booking begins as WAITING');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM slots s WHERE s.id = NEW.slot_id AND s.state = 'OPEN'
                       AND s.starts_at = NEW.starts_at AND s.ends_at = NEW.ends_at) THEN
            PERFORM sanshe_refuse('BOOKING_SLOT', '预约与时段不符,或时段已取消',
                'a booking is for the hours of an open slot');
        END IF;
        IF EXISTS (SELECT 1 FROM ref_residents r WHERE r.id = NEW.elder_id AND r.status = 'DECEASED') THEN
            PERFORM sanshe_refuse('RESIDENT_DECEASED', '该老年人已登记为死亡,不能预约',
                'this elder is recorded as deceased');
        END IF;
    ELSE
        IF (NEW.id, NEW.slot_id, NEW.elder_id, NEW.division_code, NEW.organization_id, NEW.starts_at,
            NEW.ends_at, NEW.queue, NEW.asked_at)
           IS DISTINCT FROM
           (OLD.id, OLD.slot_id, OLD.elder_id, OLD.division_code, OLD.organization_id, OLD.starts_at,
            OLD.ends_at, OLD.queue, OLD.asked_at) THEN
            PERFORM sanshe_refuse('BOOKING_FIXED', '预约的对象和时段不可更改',
                'who booked what never changes');
        END IF;
        IF NEW.state = OLD.state THEN
            RETURN NEW;
        END IF;
        IF (OLD.state, NEW.state) NOT IN
           (('WAITING', 'BOOKED'), ('WAITING', 'CANCELLED'), ('BOOKED', 'CANCELLED'),
            ('BOOKED', 'ATTENDED'), ('BOOKED', 'ABSENT')) THEN
            PERFORM sanshe_refuse('BOOKING_STATE',
                format('预约不能从 %s 变为 %s', OLD.state, NEW.state),
                format('a booking cannot go from %s to %s', OLD.state, NEW.state));
        END IF;
        takes := takes - CASE WHEN OLD.state IN ('BOOKED', 'ATTENDED', 'ABSENT') THEN 1 ELSE 0 END;
        waits := waits - CASE WHEN OLD.state = 'WAITING' THEN 1 ELSE 0 END;
    END IF;
    UPDATE slots SET booked = booked + takes, waiting = waiting + waits WHERE id = NEW.slot_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER bookings_apply BEFORE INSERT OR UPDATE ON bookings
    FOR EACH ROW EXECUTE FUNCTION bookings_apply();
