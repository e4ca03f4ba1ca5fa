-- An event that shall have no effect any more is put aside for good by a
-- person, with the reason in the audit log. The row stays: it is what was not
-- done. Expand only: a release that does not know the column goes on counting
-- the event as parked.

ALTER TABLE kit.dead_letters ADD COLUMN dropped_at timestamptz;
