-- 告警 (A66, SM-15): somebody calls for help, or a visit did not take place as
-- planned. An alarm that nobody answers climbs a ladder by timers; it is never
-- deleted, and it ends with what was found.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('ec.alarm.answer_minutes', 5, 'minutes', '[2019-01-01,)',
     '示范默认值,待市级文件核定(告警无人响应时逐级升级的时长)'),
    ('ec.visit.late_minutes', 30, 'minutes', '[2019-01-01,)',
     '示范默认值,待市级文件核定(逾期未上门的告警时长)'),
    ('ec.visit.overrun_minutes', 60, 'minutes', '[2019-01-01,)',
     '示范默认值,待市级文件核定(逾时未签退的告警时长)');

CREATE TABLE alarms (
    id              uuid PRIMARY KEY,
    elder_id        uuid NOT NULL,
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    kind            text NOT NULL CHECK (kind IN ('SOS', 'VISIT_MISSED', 'VISIT_OVERRUN')),
    visit_id        uuid REFERENCES visits (id),
    -- The contractor of the visit; of a call for help, the one that came last.
    organization_id uuid,
    note            text CHECK (length(note) BETWEEN 1 AND 500),
    channel         text NOT NULL,
    assisted_by     text,
    raised_by       text NOT NULL CHECK (raised_by <> ''),
    -- How often it was called again while it was open.
    repeats         integer NOT NULL DEFAULT 0 CHECK (repeats >= 0),
    rung            text NOT NULL CHECK (rung IN ('FAMILY', 'GRID', 'PROVIDER', 'EMERGENCY')),
    state           text NOT NULL CHECK (state IN ('RAISED', 'ANSWERED', 'RESOLVED')),
    outcome         text CHECK (length(outcome) BETWEEN 1 AND 500),
    version         integer NOT NULL DEFAULT 1,
    raised_at       timestamptz NOT NULL,
    answered_at     timestamptz,
    answered_by     text,
    resolved_at     timestamptz,
    resolved_by     text,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT alarm_of_visit CHECK ((kind = 'SOS') = (visit_id IS NULL)),
    CONSTRAINT alarm_answered CHECK ((answered_at IS NULL) = (answered_by IS NULL)
        AND (state <> 'ANSWERED' OR answered_at IS NOT NULL)),
    -- A call for help is answered by a person before it ends; a late visit may
    -- end its own alarm.
    CONSTRAINT alarm_unanswered CHECK (state <> 'RESOLVED' OR kind <> 'SOS' OR answered_at IS NOT NULL),
    CONSTRAINT alarm_resolved CHECK ((state = 'RESOLVED') = (resolved_at IS NOT NULL)
        AND (resolved_at IS NULL) = (resolved_by IS NULL) AND (resolved_at IS NULL) = (outcome IS NULL))
);
-- A second call while the first is open belongs to it.
CREATE UNIQUE INDEX alarm_open_sos ON alarms (elder_id) WHERE kind = 'SOS' AND state <> 'RESOLVED';
CREATE UNIQUE INDEX alarm_of_visit_once ON alarms (visit_id, kind) WHERE visit_id IS NOT NULL;
CREATE INDEX alarms_by_division ON alarms (division_code text_pattern_ops, id);
CREATE INDEX alarms_by_elder ON alarms (elder_id, id);
CREATE INDEX alarms_unanswered ON alarms (raised_at) WHERE state = 'RAISED';

CREATE FUNCTION alarms_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE rungs text[] := ARRAY['FAMILY', 'GRID', 'PROVIDER', 'EMERGENCY'];
BEGIN
    IF (NEW.id, NEW.elder_id, NEW.division_code, NEW.kind, NEW.visit_id, NEW.raised_by, NEW.raised_at)
       IS DISTINCT FROM (OLD.id, OLD.elder_id, OLD.division_code, OLD.kind, OLD.visit_id, OLD.raised_by, OLD.raised_at) THEN
        PERFORM sanshe_refuse('ALARM_ORIGIN', '告警的来源不可更改', 'where an alarm came from never changes');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
       (('RAISED', 'ANSWERED'), ('ANSWERED', 'RESOLVED'), ('RAISED', 'RESOLVED')) THEN
        PERFORM sanshe_refuse('ALARM_STATE', '告警不能这样改变状态', 'an alarm does not move like this');
    END IF;
    IF array_position(rungs, NEW.rung) < array_position(rungs, OLD.rung) THEN
        PERFORM sanshe_refuse('ALARM_RUNG', '告警只能逐级升级', 'an alarm only climbs');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER alarms_guard BEFORE UPDATE ON alarms
    FOR EACH ROW EXECUTE FUNCTION alarms_guard();
CREATE TRIGGER alarms_live AFTER INSERT OR UPDATE ON alarms
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('alarm', 'id');
REVOKE DELETE ON alarms FROM sanshe_app;
