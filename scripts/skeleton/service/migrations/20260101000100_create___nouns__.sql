-- __Noun__. Say here what it is and why each rule is a constraint as well.
CREATE TABLE __nouns__ (
    id            uuid PRIMARY KEY,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    demo          boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL,
    CONSTRAINT __noun___exists UNIQUE (division_code, name)
);
