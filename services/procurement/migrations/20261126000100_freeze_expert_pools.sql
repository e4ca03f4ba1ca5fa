-- 抽取名单在公告时固定: whom a draw may take is fixed when a tender goes public.
-- Before, an expert registered after the bids were known joined the draw, so
-- that whoever knew the seed could add people until it drew whom they liked.
-- The digest is public with the notice; the names behind it come with the result.
CREATE TABLE expert_pool_members (
    tender_id uuid NOT NULL REFERENCES tenders (id),
    expert_id uuid NOT NULL REFERENCES experts (id),
    PRIMARY KEY (tender_id, expert_id)
);

-- One row makes the list of a tender complete: nobody joins it afterwards.
CREATE TABLE expert_pools (
    tender_id uuid PRIMARY KEY REFERENCES tenders (id),
    digest    text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    frozen_at timestamptz NOT NULL
);

-- Who of the list sat out the draw: tied to a bidder, or seated for the buyer.
CREATE TABLE panel_recusals (
    tender_id uuid NOT NULL REFERENCES panels (tender_id),
    expert_id uuid NOT NULL,
    PRIMARY KEY (tender_id, expert_id),
    FOREIGN KEY (tender_id, expert_id) REFERENCES expert_pool_members (tender_id, expert_id)
);

-- What the program computes too: the ids in their order, as 16 bytes each.
CREATE FUNCTION prc_pool_digest(the_tender uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT encode(sha256(convert_to('sanshe.panel.pool.v1', 'UTF8') || uuid_send(the_tender)
        || string_agg(uuid_send(m.expert_id), ''::bytea ORDER BY m.expert_id)), 'hex')
    FROM expert_pool_members m WHERE m.tender_id = the_tender
$$;

-- Tenders under way have no list yet: theirs is fixed now.
INSERT INTO expert_pool_members (tender_id, expert_id)
SELECT t.id, e.id FROM tenders t CROSS JOIN experts e
WHERE t.state IN ('PUBLISHED', 'OPENING', 'OPENED') AND NOT e.of_buyer
  AND NOT EXISTS (SELECT 1 FROM panels p WHERE p.tender_id = t.id);
INSERT INTO expert_pools (tender_id, digest, frozen_at)
SELECT DISTINCT m.tender_id, prc_pool_digest(m.tender_id), now() FROM expert_pool_members m;

CREATE FUNCTION expert_pool_members_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM expert_pools p WHERE p.tender_id = NEW.tender_id)
       OR (SELECT t.state FROM tenders t WHERE t.id = NEW.tender_id) <> 'DRAFT' THEN
        PERFORM sanshe_refuse('EXPERT_POOL_FROZEN', '抽取名单自公告起固定,不得增减', 'the pool is fixed at publication: nobody joins it');
    END IF;
    IF (SELECT e.of_buyer FROM experts e WHERE e.id = NEW.expert_id) THEN
        PERFORM sanshe_refuse('PANEL_EXPERT_OF_BUYER', '采购人代表不能作为专家', 'a person of the buyer is no expert');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER expert_pool_members_guard BEFORE INSERT ON expert_pool_members
    FOR EACH ROW EXECUTE FUNCTION expert_pool_members_guard();
CREATE TRIGGER expert_pool_members_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON expert_pool_members
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE FUNCTION expert_pools_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.digest IS NULL OR NEW.digest IS DISTINCT FROM prc_pool_digest(NEW.tender_id) THEN
        PERFORM sanshe_refuse('EXPERT_POOL_DIGEST', '抽取名单与其摘要不符', 'the digest is not that of the pool');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER expert_pools_guard BEFORE INSERT ON expert_pools
    FOR EACH ROW EXECUTE FUNCTION expert_pools_guard();
CREATE TRIGGER expert_pools_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON expert_pools
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER panel_recusals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON panel_recusals
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE FUNCTION tenders_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM expert_pools p WHERE p.tender_id = NEW.id) THEN
        PERFORM sanshe_refuse('EXPERT_POOL_MISSING', '公告时须固定抽取名单', 'the pool of experts is fixed at publication');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tenders_guard_pool BEFORE UPDATE ON tenders
    FOR EACH ROW WHEN (NEW.state = 'PUBLISHED' AND OLD.state <> 'PUBLISHED') EXECUTE FUNCTION tenders_pool();

-- An expert of a panel comes from the list of its tender, and not from those
-- who sat out.
CREATE FUNCTION panel_members_of_pool() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM expert_pool_members m
                   WHERE m.tender_id = NEW.tender_id AND m.expert_id = NEW.expert_id) THEN
        PERFORM sanshe_refuse('PANEL_EXPERT_NOT_IN_POOL',
            '评审专家只能从公告时固定的名单中抽取', 'an expert is drawn from the pool that was fixed at publication');
    END IF;
    RETURN NEW;
END
$$;
-- Named to run after panel_members_guard, which knows the better reasons.
CREATE TRIGGER panel_members_guard_pool BEFORE INSERT ON panel_members
    FOR EACH ROW WHEN (NEW.role = 'EXPERT') EXECUTE FUNCTION panel_members_of_pool();

REVOKE UPDATE, DELETE ON expert_pool_members, expert_pools, panel_recusals FROM sanshe_app;
