-- 社区. The residents' or villagers' committee of one 12-digit division.
CREATE TABLE communities (
    id              uuid PRIMARY KEY,
    division_code   text NOT NULL CONSTRAINT community_exists UNIQUE
                    CHECK (division_code ~ '^[0-9]{9}[0-9]{2}[1-9]$' OR division_code ~ '^[0-9]{9}[1-9][0-9]{2}$'
                           OR division_code ~ '^[0-9]{9}[0-9][1-9][0-9]$'),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    kind            text NOT NULL CHECK (kind IN ('RESIDENTS', 'VILLAGERS')),
    households      integer NOT NULL CHECK (households >= 0),
    population      integer NOT NULL CHECK (population >= 0),
    service_area_m2 integer NOT NULL CHECK (service_area_m2 >= 0),
    active          boolean NOT NULL DEFAULT true,
    demo            boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL
);
