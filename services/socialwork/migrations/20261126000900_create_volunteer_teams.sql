-- 志愿者队伍与志愿服务活动 (A47, SM-10, B10): led by a social worker. Service that
-- was confirmed becomes a record like that of a home visit.
CREATE TABLE volunteer_teams (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    lead_id       uuid NOT NULL REFERENCES social_workers (id),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    aim           text NOT NULL CHECK (length(aim) BETWEEN 1 AND 500),
    disbanded_at  timestamptz,
    founded_at    timestamptz NOT NULL,
    CONSTRAINT team_days CHECK (disbanded_at >= founded_at)
);
CREATE UNIQUE INDEX team_exists ON volunteer_teams (community_id, name) WHERE disbanded_at IS NULL;
CREATE INDEX volunteer_teams_by_division ON volunteer_teams (division_code text_pattern_ops, id);

CREATE TABLE volunteer_team_members (
    team_id      uuid NOT NULL REFERENCES volunteer_teams (id),
    volunteer_id uuid NOT NULL REFERENCES volunteers (id),
    joined_at    timestamptz NOT NULL,
    left_at      timestamptz,
    CONSTRAINT team_member_exists PRIMARY KEY (team_id, volunteer_id),
    CONSTRAINT team_member_days CHECK (left_at >= joined_at)
);

CREATE TABLE team_activities (
    id                    uuid PRIMARY KEY,
    team_id               uuid NOT NULL REFERENCES volunteer_teams (id),
    trace_id              uuid NOT NULL,
    division_code         text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    title                 text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    place                 text NOT NULL CHECK (length(place) BETWEEN 1 AND 200),
    starts_at             timestamptz NOT NULL,
    ends_at               timestamptz NOT NULL,
    capacity              integer NOT NULL CONSTRAINT activity_capacity CHECK (capacity BETWEEN 1 AND 500),
    -- Whoever takes a risk is insured and trained (志愿服务条例).
    risk                  boolean NOT NULL,
    -- Who is served, where it is one person: they confirm.
    recipient_resident_id uuid,
    state                 text NOT NULL CHECK (state IN ('PUBLISHED', 'RECRUITING', 'CANCELLED')),
    reason                text CHECK (length(reason) BETWEEN 1 AND 500),
    version               integer NOT NULL DEFAULT 1,
    published_at          timestamptz NOT NULL,
    updated_at            timestamptz NOT NULL,
    CONSTRAINT activity_hours CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '24 hours'),
    CONSTRAINT activity_reason CHECK ((reason IS NOT NULL) = (state = 'CANCELLED'))
);
CREATE INDEX team_activities_by_division ON team_activities (division_code text_pattern_ops, id);
CREATE INDEX team_activities_by_team ON team_activities (team_id, id);

CREATE TABLE signups (
    id             uuid PRIMARY KEY,
    activity_id    uuid NOT NULL REFERENCES team_activities (id),
    volunteer_id   uuid NOT NULL REFERENCES volunteers (id),
    state          text NOT NULL,
    in_at          timestamptz,
    out_at         timestamptz,
    confirmed_by   uuid,
    record_id      uuid CONSTRAINT signup_record UNIQUE REFERENCES volunteer_records (id),
    version        integer NOT NULL DEFAULT 1,
    signed_up_at   timestamptz NOT NULL,
    updated_at     timestamptz NOT NULL,
    CONSTRAINT signup_times CHECK (
        (in_at IS NOT NULL) = (state IN ('CHECKED_IN', 'CHECKED_OUT', 'CONFIRMED', 'RECORDED'))
        AND (out_at IS NOT NULL) = (state IN ('CHECKED_OUT', 'CONFIRMED', 'RECORDED'))
        AND out_at > in_at),
    CONSTRAINT signup_confirmed CHECK ((confirmed_by IS NOT NULL) = (state IN ('CONFIRMED', 'RECORDED'))),
    CONSTRAINT signup_recorded CHECK ((record_id IS NOT NULL) = (state = 'RECORDED'))
);
CREATE UNIQUE INDEX signup_exists ON signups (activity_id, volunteer_id) WHERE state NOT IN ('DECLINED', 'WITHDRAWN');
CREATE INDEX signups_by_volunteer ON signups (volunteer_id, id);

CREATE TABLE signup_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO signup_transitions VALUES
    ('APPLIED', 'MATCHED'), ('APPLIED', 'DECLINED'), ('MATCHED', 'AGREED'), ('AGREED', 'CHECKED_IN'),
    ('CHECKED_IN', 'CHECKED_OUT'), ('CHECKED_OUT', 'CONFIRMED'), ('CONFIRMED', 'RECORDED'),
    ('APPLIED', 'WITHDRAWN'), ('MATCHED', 'WITHDRAWN'), ('AGREED', 'WITHDRAWN');
REVOKE INSERT, UPDATE, DELETE ON signup_transitions FROM sanshe_app;

-- 记录的服务种类: besides home visits, service in an activity of a team. There the
-- occasion (`visit_id`) is the sign-up, the order the activity, the contract the team.
ALTER TABLE volunteer_records DROP CONSTRAINT volunteer_records_activity_check;
ALTER TABLE volunteer_records ADD CONSTRAINT volunteer_record_activity
    CHECK (activity IN ('HOME_VISIT', 'TEAM_ACTIVITY')) NOT VALID;
ALTER TABLE volunteer_records VALIDATE CONSTRAINT volunteer_record_activity;

CREATE FUNCTION volunteer_records_of_team_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.activity = 'TEAM_ACTIVITY' AND NEW.reverses IS NULL AND NEW.replaces IS NULL AND NOT EXISTS (
        SELECT 1 FROM signups s WHERE s.id = NEW.visit_id AND s.state = 'CONFIRMED'
          AND s.volunteer_id = NEW.volunteer_id AND s.activity_id = NEW.order_id AND s.in_at = NEW.in_at
          AND s.out_at = NEW.out_at AND s.confirmed_by = NEW.confirmed_by) THEN
        PERFORM sanshe_refuse('SERVICE_NOT_CONFIRMED', '服务未经签到签退和确认,不能记录',
            'service is recorded once it was checked in, checked out and confirmed');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER volunteer_records_of_team_guard BEFORE INSERT ON volunteer_records
    FOR EACH ROW EXECUTE FUNCTION volunteer_records_of_team_guard();

CREATE FUNCTION team_activities_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PUBLISHED' THEN
            PERFORM sanshe_refuse('ACTIVITY_STATE', '活动须先发布', 'an activity begins as PUBLISHED');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state = 'CANCELLED' OR (NEW.state = 'PUBLISHED' AND OLD.state <> 'PUBLISHED')
       OR to_jsonb(NEW) - ARRAY['state', 'reason', 'version', 'updated_at']
          <> to_jsonb(OLD) - ARRAY['state', 'reason', 'version', 'updated_at'] THEN
        PERFORM sanshe_refuse('ACTIVITY_FIXED', '活动发布后只能招募或取消', 'an activity is recruited for or cancelled, no more');
    END IF;
    IF NEW.state = 'CANCELLED' AND EXISTS (
        SELECT 1 FROM signups s WHERE s.activity_id = NEW.id
          AND s.state IN ('CHECKED_IN', 'CHECKED_OUT', 'CONFIRMED', 'RECORDED')) THEN
        PERFORM sanshe_refuse('ACTIVITY_UNDER_WAY', '活动已有人签到,不能取消', 'somebody has checked in already');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER team_activities_guard BEFORE INSERT OR UPDATE ON team_activities
    FOR EACH ROW EXECUTE FUNCTION team_activities_guard();

CREATE FUNCTION signups_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    activity  team_activities;
    volunteer volunteers;
    day       date;
BEGIN
    SELECT * INTO activity FROM team_activities WHERE id = NEW.activity_id FOR UPDATE;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'APPLIED' OR activity.state <> 'RECRUITING' THEN
            PERFORM sanshe_refuse('ACTIVITY_NOT_RECRUITING', '活动未在招募', 'nobody is recruited for this activity now');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.activity_id, NEW.volunteer_id, NEW.signed_up_at)
       IS DISTINCT FROM (OLD.activity_id, OLD.volunteer_id, OLD.signed_up_at)
       OR (OLD.in_at IS NOT NULL AND NEW.in_at IS DISTINCT FROM OLD.in_at)
       OR (OLD.out_at IS NOT NULL AND NEW.out_at IS DISTINCT FROM OLD.out_at) THEN
        PERFORM sanshe_refuse('SIGNUP_FIXED', '报名人与签到签退时间不可更改', 'who signed up and when they came never changes');
    END IF;
    PERFORM sw_check_move('signup_transitions', 'SIGNUP_STATE', OLD.state, NEW.state);
    IF NEW.state IN ('MATCHED', 'AGREED', 'CHECKED_IN') AND NEW.state <> OLD.state THEN
        SELECT * INTO volunteer FROM volunteers WHERE id = NEW.volunteer_id;
        day := sw_day(activity.ends_at);
        IF NOT volunteer.active THEN
            PERFORM sanshe_refuse('WORKER_INACTIVE', '该志愿者已停止服务', 'this volunteer serves no longer');
        ELSIF day < volunteer.adult_by AND volunteer.guardian_consent_at IS NULL THEN
            PERFORM sanshe_refuse('MINOR_WITHOUT_CONSENT', '未成年志愿者须有监护人同意', 'a minor serves with a guardian''s consent only');
        ELSIF activity.risk AND NOT EXISTS (
            SELECT 1 FROM volunteer_trainings t WHERE t.volunteer_id = NEW.volunteer_id AND t.held_on <= day) THEN
            PERFORM sanshe_refuse('VOLUNTEER_NOT_TRAINED', '有风险的活动须先培训', 'where there is a risk, one is trained first');
        ELSIF activity.risk AND (volunteer.insured_until IS NULL OR volunteer.insured_until < day) THEN
            PERFORM sanshe_refuse('VOLUNTEER_NOT_INSURED', '有风险的活动须有有效保险', 'where there is a risk, one is insured');
        END IF;
    END IF;
    IF NEW.state = 'MATCHED' AND OLD.state = 'APPLIED' AND
       (SELECT count(*) FROM signups s WHERE s.activity_id = activity.id AND s.id <> NEW.id
          AND s.state NOT IN ('APPLIED', 'DECLINED', 'WITHDRAWN')) >= activity.capacity THEN
        PERFORM sanshe_refuse('ACTIVITY_FULL', '活动名额已满', 'the activity is full');
    END IF;
    IF activity.recipient_resident_id IS NOT NULL AND NEW.confirmed_by IS DISTINCT FROM OLD.confirmed_by
       AND NEW.confirmed_by <> activity.recipient_resident_id THEN
        PERFORM sanshe_refuse('OTHER_RECIPIENT', '须由服务对象确认', 'the person served confirms');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER signups_guard BEFORE INSERT OR UPDATE ON signups
    FOR EACH ROW EXECUTE FUNCTION signups_guard();
REVOKE DELETE ON volunteer_teams, volunteer_team_members, team_activities, signups FROM sanshe_app;

INSERT INTO policy_parameters (key, division, value, unit, effective, source) VALUES
    ('sw.activity.early_minutes', '', 30, 'minutes', '[2009-01-01,)', '示范默认值:最早可提前签到的分钟数,待市级文件核定');
