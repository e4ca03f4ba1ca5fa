-- Events enter a service through its inbox: the bus may forget an event once
-- it stands here, and the unique key gives a duplicate no second effect.

CREATE TABLE kit.inbox (
    position     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer     text    NOT NULL CHECK (consumer <> ''),
    event_id     uuid    NOT NULL,
    subject      text    NOT NULL,
    aggregate    text    NOT NULL,
    aggregate_id uuid    NOT NULL,
    -- Dropped once handled: the row stays as the memory of the effect.
    event        jsonb,
    state        text    NOT NULL DEFAULT 'pending'
                 CHECK (state IN ('pending', 'done', 'parked')),
    attempts     integer NOT NULL DEFAULT 0,
    -- By the injected clock: the earliest next attempt.
    next_at      timestamptz,
    -- By the database's clock: no other worker takes the row before.
    leased_until timestamptz,
    last_error   text,
    received_at  timestamptz NOT NULL DEFAULT now(),
    done_at      timestamptz,
    UNIQUE (consumer, event_id),
    CHECK (state = 'done' OR event IS NOT NULL)
);

CREATE INDEX inbox_pending_heads ON kit.inbox (consumer, aggregate, aggregate_id, position)
    WHERE state = 'pending';
CREATE INDEX inbox_pending_order ON kit.inbox (consumer, position) WHERE state = 'pending';
CREATE INDEX inbox_done ON kit.inbox (done_at) WHERE state = 'done';

-- Events that could not be handled, for people to look at and replay.
CREATE TABLE kit.dead_letters (
    consumer    text        NOT NULL,
    event_id    uuid        NOT NULL,
    event       jsonb       NOT NULL,
    reason      text        NOT NULL,
    attempts    integer     NOT NULL,
    parked_at   timestamptz NOT NULL,
    replayed_at timestamptz,
    PRIMARY KEY (consumer, event_id)
);
CREATE INDEX dead_letters_open ON kit.dead_letters (parked_at) WHERE replayed_at IS NULL;

REVOKE ALL ON kit.inbox, kit.dead_letters FROM sanshe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON kit.inbox TO sanshe_app;
GRANT SELECT, INSERT, UPDATE ON kit.dead_letters TO sanshe_app;
