-- Tells the processes of this service which thing was changed, at the commit
-- of the change: subscriptions read it again and show it. Tables ask for it:
--
--     CREATE TRIGGER tenders_live AFTER INSERT OR UPDATE ON tenders
--         FOR EACH ROW EXECUTE FUNCTION kit.notify_live('tender', 'id');
--
-- with the name of the thing and the column that holds its id, so that a row
-- may also tell of the thing it belongs to. Only the id travels.
CREATE FUNCTION kit.notify_live() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('kit_live', TG_ARGV[0] || ' ' || (to_jsonb(NEW) ->> TG_ARGV[1]));
    RETURN NULL;
END;
$$;
