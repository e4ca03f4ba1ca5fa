-- Durable jobs and timers: enqueued in the caller's transaction, run once due
-- by the injected clock, completed in the transaction of their effect.

CREATE TABLE kit.jobs (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue        text        NOT NULL CHECK (queue <> ''),
    kind         text        NOT NULL CHECK (kind <> ''),
    key          text        CHECK (key <> ''),
    payload      jsonb       NOT NULL,
    -- By the injected clock.
    run_at       timestamptz NOT NULL,
    state        text        NOT NULL DEFAULT 'queued'
                 CHECK (state IN ('queued', 'running', 'done', 'dead', 'cancelled')),
    attempts     integer     NOT NULL DEFAULT 0,
    max_attempts integer     NOT NULL CHECK (max_attempts > 0),
    -- Counts claims over the whole life of the row: a worker that lost its
    -- claim finds another number here and leaves the row alone.
    claim        bigint      NOT NULL DEFAULT 0,
    -- By the database's clock, which all workers share.
    leased_until timestamptz,
    last_error   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    CHECK ((state = 'running') = (leased_until IS NOT NULL))
);

CREATE UNIQUE INDEX jobs_live_key ON kit.jobs (key)
    WHERE key IS NOT NULL AND state IN ('queued', 'running');
CREATE INDEX jobs_due ON kit.jobs (queue, run_at, id) WHERE state = 'queued';
CREATE INDEX jobs_leases ON kit.jobs (leased_until) WHERE state = 'running';
CREATE INDEX jobs_dead ON kit.jobs (queue, id) WHERE state = 'dead';
CREATE INDEX jobs_finished ON kit.jobs (finished_at) WHERE state IN ('done', 'cancelled');

REVOKE ALL ON kit.jobs FROM sanshe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.jobs TO sanshe_app;
