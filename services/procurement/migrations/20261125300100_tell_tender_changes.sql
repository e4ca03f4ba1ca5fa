-- Subscribers of a tender are told when it changes, and when what it shows
-- changes beside it: the panel, the locking of score sheets. Bids tell
-- nothing: before the close nobody may learn that one came in.
CREATE TRIGGER tenders_live AFTER INSERT OR UPDATE ON tenders
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('tender', 'id');
CREATE TRIGGER panels_live AFTER INSERT ON panels
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('tender', 'tender_id');
CREATE TRIGGER score_sheets_live AFTER UPDATE OF locked_at ON score_sheets
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('tender', 'tender_id');
