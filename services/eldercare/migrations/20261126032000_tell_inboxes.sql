-- Whoever watches the alarms of a division is told of each change below it, and
-- a worker of each change of their visits. The id of a division is its code,
-- with zeros before it.
CREATE FUNCTION notify_divisions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    digits integer;
BEGIN
    FOREACH digits IN ARRAY ARRAY[2, 4, 6, 9, 12] LOOP
        PERFORM pg_notify('kit_live', TG_ARGV[0] || ' '
            || lpad(rpad(left(NEW.division_code, digits), 12, '0'), 32, '0')::uuid);
    END LOOP;
    RETURN NULL;
END
$$;
CREATE TRIGGER alarms_live_divisions AFTER INSERT OR UPDATE ON alarms
    FOR EACH ROW EXECUTE FUNCTION notify_divisions('division_alarms');
CREATE TRIGGER visits_live_worker AFTER INSERT OR UPDATE ON visits
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('worker_visits', 'worker_id');
CREATE TRIGGER visits_live_person AFTER INSERT OR UPDATE ON visits
    FOR EACH ROW WHEN (NEW.worker_resident_id IS NOT NULL)
    EXECUTE FUNCTION kit.notify_live('person_visits', 'worker_resident_id');
