-- Who read or wrote what, why, through which channel. The rows form a hash
-- chain; the head is one row that every append locks, so the chain is a line.

CREATE TABLE kit.audit_log (
    seq                 bigint      PRIMARY KEY CHECK (seq > 0),
    at                  timestamptz NOT NULL,
    actor               text        NOT NULL,
    roles               text[]      NOT NULL,
    action              text        NOT NULL,
    resource_kind       text        NOT NULL,
    resource_id         text        NOT NULL,
    subject_resident_id uuid,
    purpose             text,
    fields              text[]      NOT NULL,
    channel             text        NOT NULL,
    assisted_by         text,
    request_id          text        NOT NULL,
    outcome             text        NOT NULL CHECK (outcome IN ('allowed', 'denied', 'failed')),
    detail              jsonb       NOT NULL,
    prev_hash           bytea       NOT NULL CHECK (octet_length(prev_hash) = 32),
    hash                bytea       NOT NULL CHECK (octet_length(hash) = 32)
);

-- "Who looked at my data", newest first.
CREATE INDEX audit_log_subject ON kit.audit_log (subject_resident_id, seq DESC)
    WHERE subject_resident_id IS NOT NULL;
-- Tells a reordered chain from one with a link missing.
CREATE INDEX audit_log_hash ON kit.audit_log USING hash (hash);

CREATE TABLE kit.audit_head (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    seq      bigint NOT NULL CHECK (seq >= 0),
    hash     bytea  NOT NULL CHECK (octet_length(hash) = 32)
);
INSERT INTO kit.audit_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- Signed statements "the chain stood at seq with this hash".
CREATE TABLE kit.audit_checkpoints (
    seq       bigint      PRIMARY KEY CHECK (seq > 0),
    hash      bytea       NOT NULL CHECK (octet_length(hash) = 32),
    at        timestamptz NOT NULL,
    service   text        NOT NULL,
    key_id    text        NOT NULL,
    signature bytea       NOT NULL
);

CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON kit.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER audit_checkpoints_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON kit.audit_checkpoints
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON kit.audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

REVOKE ALL ON kit.audit_log, kit.audit_head, kit.audit_checkpoints FROM sanshe_app;
GRANT SELECT, INSERT ON kit.audit_log, kit.audit_checkpoints TO sanshe_app;
GRANT SELECT, UPDATE (seq, hash) ON kit.audit_head TO sanshe_app;
