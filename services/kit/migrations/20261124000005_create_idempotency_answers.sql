-- The first answer to a key, refusals included. The insert comes first in the
-- business transaction: a second call with the key waits for the first one.

CREATE TABLE kit.idempotency_answers (
    subject      text        NOT NULL,
    operation    text        NOT NULL,
    key          text        NOT NULL,
    request_hash bytea       NOT NULL CHECK (octet_length(request_hash) = 32),
    answer       jsonb,
    at           timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (subject, operation, key)
);
CREATE INDEX idempotency_answers_recorded ON kit.idempotency_answers (recorded_at);

REVOKE ALL ON kit.idempotency_answers FROM sanshe_app;
GRANT SELECT, INSERT, UPDATE (answer), DELETE ON kit.idempotency_answers TO sanshe_app;
