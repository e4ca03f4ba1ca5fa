-- Rules are data: every legal number, day count, weight and threshold is a row
-- with the days it holds and the document it comes from. The most specific
-- division wins ('' is the whole country).
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE policy_parameters (
    key        text      NOT NULL CHECK (key ~ '^[a-z]+(\.[a-z0-9_]+)+$'),
    division   text      NOT NULL DEFAULT '' CHECK (division ~ '^([0-9]{12})?$'),
    value      numeric   NOT NULL,
    unit       text      NOT NULL CHECK (unit <> ''),
    effective  daterange NOT NULL CHECK (NOT isempty(effective)),
    source     text      NOT NULL CHECK (source <> ''),
    CONSTRAINT policy_parameter_overlap
        EXCLUDE USING gist (key WITH =, division WITH =, effective WITH &&)
);

-- A new value is a new migration or an owner's act, never the service's own.
REVOKE INSERT, UPDATE, DELETE ON policy_parameters FROM sanshe_app;
