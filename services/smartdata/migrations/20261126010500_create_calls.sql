-- 呼叫 (A62, A66): who answered, and what it became.
CREATE SEQUENCE call_numbers;
GRANT USAGE ON call_numbers TO sanshe_app;

CREATE TABLE calls (
    id             uuid PRIMARY KEY,
    number         text NOT NULL CONSTRAINT call_number UNIQUE CHECK (number ~ '^H[0-9]{8}-[0-9]{6,}$'),
    division_code  text NOT NULL CONSTRAINT call_division REFERENCES divisions (code),
    resident_id    uuid CONSTRAINT call_resident REFERENCES residents (id),
    answered_by    text NOT NULL CHECK (answered_by <> ''),
    answered_name  text,
    rang_at        timestamptz NOT NULL,
    answered_at    timestamptz NOT NULL,
    ended_at       timestamptz,
    summary        text CHECK (length(summary) BETWEEN 1 AND 2000),
    outcome        text CHECK (outcome IN ('EVENT', 'CASE', 'ORDER', 'ALARM', 'ANSWERED', 'TRANSFERRED', 'DROPPED')),
    event_id       uuid CONSTRAINT call_event REFERENCES events (id),
    case_id        uuid CONSTRAINT call_case REFERENCES one_stop_cases (id),
    order_id       uuid CONSTRAINT call_order REFERENCES convenience_orders (id),
    -- The alarm is eldercare's: its id, and no more.
    alarm_id       uuid,
    transferred_to text CHECK (length(transferred_to) BETWEEN 1 AND 200),
    version        integer NOT NULL DEFAULT 1,
    CONSTRAINT call_times CHECK (rang_at <= answered_at AND answered_at <= ended_at),
    CONSTRAINT call_ended CHECK ((ended_at IS NULL) = (summary IS NULL) AND (ended_at IS NULL) = (outcome IS NULL)),
    -- What it became is named, and nothing else.
    CONSTRAINT call_became CHECK (
        (event_id IS NOT NULL) = coalesce(outcome = 'EVENT', false)
        AND (case_id IS NOT NULL) = coalesce(outcome = 'CASE', false)
        AND (order_id IS NOT NULL) = coalesce(outcome = 'ORDER', false)
        AND (alarm_id IS NOT NULL) = coalesce(outcome = 'ALARM', false)
        AND (transferred_to IS NOT NULL) = coalesce(outcome = 'TRANSFERRED', false))
);
CREATE INDEX calls_by_division ON calls (division_code text_pattern_ops, id);
CREATE INDEX calls_by_resident ON calls (resident_id, id);
CREATE INDEX calls_by_operator ON calls (answered_by, id);
-- Whoever speaks speaks with one.
CREATE UNIQUE INDEX call_open_one ON calls (answered_by) WHERE ended_at IS NULL;
REVOKE DELETE ON calls FROM sanshe_app;

CREATE FUNCTION calls_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL
       OR (NEW.id, NEW.number, NEW.division_code, NEW.answered_by, NEW.rang_at, NEW.answered_at)
          IS DISTINCT FROM (OLD.id, OLD.number, OLD.division_code, OLD.answered_by, OLD.rang_at, OLD.answered_at) THEN
        PERFORM sanshe_refuse('CALL_FIXED', '呼叫记录结束后不可更改', 'a call that ended stays as it was written down');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER calls_guard BEFORE UPDATE ON calls
    FOR EACH ROW EXECUTE FUNCTION calls_guard();
