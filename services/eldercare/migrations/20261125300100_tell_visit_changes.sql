-- Subscribers of a visit are told at each step: accepted, on the way, checked
-- in and out, confirmed and settled, or called off.
CREATE TRIGGER visits_live AFTER INSERT OR UPDATE ON visits
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('visit', 'id');
