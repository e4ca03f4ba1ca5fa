-- What other services own and this one must not forget: a resident who has
-- died takes no new order, whether or not their service answers just now.
CREATE TABLE ref_residents (
    id         uuid PRIMARY KEY,
    status     text NOT NULL CHECK (status IN ('ALIVE', 'MOVED', 'DECEASED', 'MERGED')),
    changed_at timestamptz NOT NULL
);

-- 服务对象档案 (A53). An elder, by the id of the resident.
CREATE TABLE elders (
    resident_id   uuid CONSTRAINT elder_exists PRIMARY KEY,
    category      text NOT NULL CHECK (category IN
                  ('ORDINARY', 'LOW_INCOME', 'SPECIAL_HARDSHIP', 'KEY_EMPTY_NEST',
                   'PREFERENTIAL_TREATMENT', 'BEREAVED_PARENT')),
    lives_alone   boolean NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    demo          boolean NOT NULL DEFAULT false,
    version       integer NOT NULL DEFAULT 1,
    registered_at timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX elders_by_division ON elders (division_code text_pattern_ops, resident_id);
REVOKE DELETE ON elders FROM sanshe_app;

CREATE FUNCTION elders_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM ref_residents r
               WHERE r.id = NEW.resident_id AND r.status = 'DECEASED') THEN
        PERFORM sanshe_refuse('RESIDENT_DECEASED', '该居民已登记为死亡,不能建档',
            'this resident is recorded as deceased');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER elders_guard BEFORE INSERT ON elders
    FOR EACH ROW EXECUTE FUNCTION elders_guard();

-- 亲属关系. Verified by staff; minutes may be handed only to such a relative.
CREATE TABLE relations (
    id           uuid PRIMARY KEY,
    resident_id  uuid NOT NULL,
    relative_id  uuid NOT NULL,
    relation     text NOT NULL CHECK (relation IN
                 ('SPOUSE', 'PARENT', 'CHILD', 'GRANDPARENT', 'PARENT_IN_LAW', 'SIBLING')),
    evidence     text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 200),
    verified_by  text NOT NULL,
    verified_at  timestamptz NOT NULL,
    CONSTRAINT relation_exists UNIQUE (resident_id, relative_id, relation),
    CONSTRAINT relation_to_self CHECK (resident_id <> relative_id)
);
CREATE INDEX relations_by_relative ON relations (relative_id);
REVOKE UPDATE, DELETE ON relations FROM sanshe_app;
CREATE TRIGGER relations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON relations
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
