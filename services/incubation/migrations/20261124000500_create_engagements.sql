-- 承接 (A12): contracts signed, as procurement told. One line per contract,
-- however often the event comes.
CREATE TABLE engagements (
    contract_id     uuid PRIMARY KEY,
    organization_id uuid NOT NULL CONSTRAINT engagement_organization REFERENCES organizations (id),
    trace_id        uuid NOT NULL,
    community_id    uuid,
    amount_fen      bigint NOT NULL CONSTRAINT engagement_amount CHECK (amount_fen > 0),
    signed_at       timestamptz NOT NULL
);
CREATE INDEX engagements_of ON engagements (organization_id, signed_at);
CREATE INDEX engagements_by_trace ON engagements (trace_id);
CREATE TRIGGER engagements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON engagements
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON engagements FROM sanshe_app;
