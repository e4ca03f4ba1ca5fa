-- Events leave a service through its outbox: the row is written in the
-- transaction of the change it tells of, so neither exists without the other.

CREATE SCHEMA IF NOT EXISTS kit;
GRANT USAGE ON SCHEMA kit TO sanshe_app;

-- One row per aggregate. Taking the next number locks the row until commit,
-- so the numbers of an aggregate follow the order of its commits.
CREATE TABLE kit.outbox_aggregates (
    aggregate    text   NOT NULL,
    aggregate_id uuid   NOT NULL,
    sequence     bigint NOT NULL CHECK (sequence > 0),
    PRIMARY KEY (aggregate, aggregate_id)
);

CREATE TABLE kit.outbox (
    position     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Tells duplicates; says nothing about order.
    id           uuid        NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    subject      text        NOT NULL CHECK (subject ~ '^[a-z0-9]+(\.[a-z0-9_]+){2,}$'),
    aggregate    text        NOT NULL CHECK (aggregate <> ''),
    aggregate_id uuid        NOT NULL,
    sequence     bigint      NOT NULL CHECK (sequence > 0),
    version      integer     NOT NULL CHECK (version > 0),
    trace_id     uuid,
    at           timestamptz NOT NULL,
    data         jsonb       NOT NULL,
    -- Housekeeping alone, hence the time of the database.
    recorded_at  timestamptz NOT NULL DEFAULT now(),
    sent_at      timestamptz,
    UNIQUE (aggregate, aggregate_id, sequence)
);

-- The relay looks for the first unsent row of each aggregate.
CREATE INDEX outbox_unsent_heads ON kit.outbox (aggregate, aggregate_id, sequence)
    WHERE sent_at IS NULL;
CREATE INDEX outbox_unsent_order ON kit.outbox (position) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON kit.outbox (sent_at) WHERE sent_at IS NOT NULL;

-- Names the life of the delivery hop that sent rows were handed to. When the
-- hop no longer knows the name it has lost entries: all kept rows go again.
CREATE TABLE kit.outbox_epoch (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    epoch    uuid NOT NULL
);
INSERT INTO kit.outbox_epoch (epoch) VALUES (gen_random_uuid());

CREATE FUNCTION kit.notify_outbox() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('kit_outbox', '');
    RETURN NULL;
END;
$$;
CREATE TRIGGER outbox_notify AFTER INSERT ON kit.outbox
    FOR EACH STATEMENT EXECUTE FUNCTION kit.notify_outbox();

REVOKE ALL ON kit.outbox, kit.outbox_aggregates, kit.outbox_epoch FROM sanshe_app;
GRANT SELECT, INSERT, UPDATE (sequence) ON kit.outbox_aggregates TO sanshe_app;
-- What an event says never changes: only whether it was sent.
GRANT SELECT, INSERT, UPDATE (sent_at), DELETE ON kit.outbox TO sanshe_app;
GRANT SELECT, UPDATE (epoch) ON kit.outbox_epoch TO sanshe_app;
