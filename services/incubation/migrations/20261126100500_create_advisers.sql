-- 专家顾问 (A40): who advises and reviews. A person is an id of smartdata; the
-- employer is kept to keep reviewers away from their own.
CREATE TABLE advisers (
    id            uuid PRIMARY KEY,
    resident_id   uuid NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[1-9][0-9]{11}$'),
    expertise     text NOT NULL CHECK (expertise IN
                  ('LAW', 'FINANCE', 'MANAGEMENT', 'SOCIAL_WORK', 'ELDER_CARE', 'PROJECT', 'OTHER')),
    qualification text NOT NULL CHECK (length(qualification) BETWEEN 1 AND 500),
    employer_id   uuid REFERENCES organizations (id),
    enrolled_on   date NOT NULL,
    released_on   date,
    version       integer NOT NULL DEFAULT 1,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    CONSTRAINT adviser_days CHECK (released_on >= enrolled_on)
);
CREATE UNIQUE INDEX adviser_enrolled ON advisers (division_code, resident_id)
    WHERE released_on IS NULL;
CREATE INDEX advisers_by_division ON advisers (division_code text_pattern_ops, id);
REVOKE UPDATE, DELETE ON advisers FROM sanshe_app;
GRANT UPDATE (released_on, version, updated_at) ON advisers TO sanshe_app;
