-- 志愿者 (B10). The birth date stays in smart-community data; of a minor only
-- the day is kept by which they are of age at the latest.
CREATE TABLE volunteers (
    id                  uuid PRIMARY KEY,
    resident_id         uuid NOT NULL CONSTRAINT volunteer_registered UNIQUE,
    community_id        uuid,
    division_code       text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    skills              text[] NOT NULL CHECK (cardinality(skills) <= 20),
    insured_until       date,
    adult_by            date,
    guardian_consent_at timestamptz,
    active              boolean NOT NULL,
    demo                boolean NOT NULL,
    version             integer NOT NULL DEFAULT 1,
    registered_at       timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL
);
CREATE INDEX volunteers_by_division ON volunteers (division_code text_pattern_ops, id);
CREATE INDEX volunteers_by_community ON volunteers (community_id, id);

CREATE FUNCTION volunteers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.resident_id <> OLD.resident_id OR NEW.registered_at <> OLD.registered_at
       OR NEW.adult_by IS DISTINCT FROM OLD.adult_by THEN
        PERFORM sanshe_refuse('VOLUNTEER_ORIGIN', '志愿者的身份来源不可更改',
            'who a volunteer is never changes');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER volunteers_guard BEFORE UPDATE ON volunteers
    FOR EACH ROW EXECUTE FUNCTION volunteers_guard();
REVOKE DELETE ON volunteers FROM sanshe_app;

CREATE TABLE volunteer_trainings (
    id           uuid PRIMARY KEY,
    volunteer_id uuid NOT NULL REFERENCES volunteers (id),
    topic        text NOT NULL CHECK (length(topic) BETWEEN 1 AND 200),
    held_on      date NOT NULL,
    recorded_by  text NOT NULL CHECK (recorded_by <> ''),
    recorded_at  timestamptz NOT NULL,
    CONSTRAINT volunteer_training_recorded UNIQUE (volunteer_id, topic, held_on),
    CONSTRAINT volunteer_training_in_future
        CHECK (held_on <= (recorded_at AT TIME ZONE 'Asia/Shanghai')::date)
);
CREATE TRIGGER volunteer_trainings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON volunteer_trainings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON volunteer_trainings FROM sanshe_app;
