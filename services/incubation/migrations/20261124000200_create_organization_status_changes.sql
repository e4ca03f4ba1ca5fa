-- Every decision of a registrar, with its reason.
CREATE TABLE organization_status_changes (
    position        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    from_state      text NOT NULL,
    to_state        text NOT NULL,
    reason          text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    decided_by      text NOT NULL,
    decided_at      timestamptz NOT NULL,
    CONSTRAINT organization_status FOREIGN KEY (from_state, to_state)
        REFERENCES organization_transitions (from_state, to_state)
);
CREATE INDEX organization_status_changes_of
    ON organization_status_changes (organization_id, position);
CREATE TRIGGER organization_status_changes_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON organization_status_changes
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON organization_status_changes FROM sanshe_app;
