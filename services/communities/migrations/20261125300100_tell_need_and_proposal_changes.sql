-- Subscribers of a need or a proposal are told when it changes. A ballot that
-- is called or counted changes its proposal; a vote that is cast does not.
CREATE TRIGGER needs_live AFTER INSERT OR UPDATE ON needs
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('need', 'id');
CREATE TRIGGER proposals_live AFTER INSERT OR UPDATE ON proposals
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('proposal', 'id');
