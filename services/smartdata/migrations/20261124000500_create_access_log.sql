-- 访问记录 (B15, PIPL 45): every read of a resident's personal fields by
-- another person, written in the transaction of the read. The resident reads
-- it as 「谁看过我」. The audit log says the same in its hash chain.
CREATE TABLE access_log (
    id              uuid PRIMARY KEY,
    resident_id     uuid NOT NULL REFERENCES residents (id),
    at              timestamptz NOT NULL,
    actor           text NOT NULL CHECK (actor <> ''),
    actor_name      text,
    roles           text[] NOT NULL CONSTRAINT access_roles CHECK (cardinality(roles) > 0),
    organization_id uuid,
    division_code   text,
    purpose         text NOT NULL CONSTRAINT access_purpose CHECK (length(purpose) BETWEEN 1 AND 200),
    fields          text[] NOT NULL CONSTRAINT access_fields CHECK (
                    cardinality(fields) > 0
                    AND fields <@ ARRAY['NAME', 'CITIZEN_ID', 'PHONE', 'BIRTH_DATE']),
    channel         text NOT NULL,
    assisted_by     text,
    request_id      text NOT NULL
);
CREATE INDEX access_log_by_resident ON access_log (resident_id, id DESC);

CREATE TRIGGER access_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON access_log FROM sanshe_app;
