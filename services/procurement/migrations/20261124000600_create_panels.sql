-- 专家与评审小组. Drawn by lot, never in conflict with a bidder.
CREATE TABLE experts (
    id              uuid PRIMARY KEY,
    resident_id     uuid CONSTRAINT expert_exists UNIQUE,
    -- Encrypted; shown when the result is published.
    name            bytea,
    specialty       text NOT NULL CHECK (length(specialty) BETWEEN 1 AND 100),
    organization_id uuid,
    -- A person of the buyer; never drawn as an expert.
    of_buyer        boolean NOT NULL,
    registered_at   timestamptz NOT NULL
);

-- 回避: employment, directorship, ownership or kinship with a supplier.
CREATE TABLE expert_relations (
    id              uuid PRIMARY KEY,
    expert_id       uuid NOT NULL REFERENCES experts (id),
    organization_id uuid NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('EMPLOYMENT', 'DIRECTOR', 'OWNER', 'KINSHIP')),
    -- The day it ended; none where it goes on.
    ended_on        date,
    declared_at     timestamptz NOT NULL
);
CREATE INDEX expert_relations_by_expert ON expert_relations (expert_id, organization_id);
CREATE TRIGGER expert_relations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON expert_relations
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

-- The experts who may not judge a tender, on a day.
CREATE FUNCTION prc_conflicted(the_tender uuid, the_expert uuid, on_day date) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE years bigint;
BEGIN
    SELECT prc_parameter('prc.panel.recusal_years', t.division_code, on_day) INTO years
    FROM tenders t WHERE t.id = the_tender;
    RETURN EXISTS (
        SELECT 1 FROM bids b JOIN expert_relations r ON r.organization_id = b.organization_id
        WHERE b.tender_id = the_tender AND b.state <> 'WITHDRAWN' AND r.expert_id = the_expert
          AND (r.ended_on IS NULL OR r.ended_on + make_interval(years => years::integer) >= on_day))
    OR EXISTS (
        SELECT 1 FROM bids b JOIN experts e ON e.organization_id = b.organization_id
        WHERE b.tender_id = the_tender AND b.state <> 'WITHDRAWN' AND e.id = the_expert)
    OR EXISTS (
        SELECT 1 FROM bid_controllers c JOIN experts e ON e.resident_id = c.resident_id
        WHERE c.tender_id = the_tender AND c.active AND e.id = the_expert);
END
$$;

CREATE TABLE panels (
    tender_id       uuid PRIMARY KEY REFERENCES tenders (id),
    -- SHA-256 of the seed, and the seed itself, told with the result.
    seed_commitment text NOT NULL CHECK (seed_commitment ~ '^[0-9a-f]{64}$'),
    seed            text NOT NULL CHECK (length(seed) BETWEEN 8 AND 200),
    -- How many could have been drawn.
    pool_size       integer NOT NULL CHECK (pool_size > 0),
    formed_by       text NOT NULL,
    formed_at       timestamptz NOT NULL
);

CREATE TABLE panel_members (
    tender_id  uuid NOT NULL REFERENCES panels (tender_id),
    expert_id  uuid NOT NULL REFERENCES experts (id),
    role       text NOT NULL CHECK (role IN ('EXPERT', 'BUYER')),
    draw_order integer NOT NULL,
    PRIMARY KEY (tender_id, expert_id),
    UNIQUE (tender_id, draw_order)
);
CREATE INDEX panel_members_by_expert ON panel_members (expert_id);

CREATE FUNCTION panel_members_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE formed timestamptz;
BEGIN
    SELECT p.formed_at INTO formed FROM panels p WHERE p.tender_id = NEW.tender_id;
    IF prc_conflicted(NEW.tender_id, NEW.expert_id, prc_day(formed)) THEN
        PERFORM sanshe_refuse('PANEL_MEMBER_CONFLICTED',
            '评审成员与投标人存在利害关系,应当回避', 'a panel member has a conflict of interest with a bidder');
    END IF;
    IF NEW.role = 'EXPERT' AND (SELECT e.of_buyer FROM experts e WHERE e.id = NEW.expert_id) THEN
        PERFORM sanshe_refuse('PANEL_EXPERT_OF_BUYER', '采购人代表不能作为专家', 'a person of the buyer is no expert');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER panel_members_guard BEFORE INSERT ON panel_members
    FOR EACH ROW EXECUTE FUNCTION panel_members_guard();

CREATE FUNCTION panels_composed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    t tenders;
    p panels;
    size bigint;
    experts_n bigint;
    least_n bigint;
BEGIN
    SELECT * INTO t FROM tenders WHERE id = NEW.tender_id;
    SELECT * INTO p FROM panels WHERE tender_id = NEW.tender_id;
    SELECT count(*), count(*) FILTER (WHERE role = 'EXPERT') INTO size, experts_n
    FROM panel_members WHERE tender_id = NEW.tender_id;
    least_n := prc_parameter('prc.' || lower(t.method) || '.panel_min', t.division_code, prc_day(p.formed_at));
    IF t.budget_fen >= prc_parameter('prc.panel.large_budget_fen', t.division_code, prc_day(p.formed_at)) THEN
        least_n := greatest(least_n, prc_parameter('prc.panel.large_min', t.division_code, prc_day(p.formed_at)));
    END IF;
    IF size < least_n OR size % 2 = 0 THEN
        PERFORM sanshe_refuse('PANEL_SIZE',
            format('评审小组须为 %s 人以上单数', least_n), format('a panel is odd and has at least %s members', least_n));
    END IF;
    IF experts_n * 3 < size * prc_parameter('prc.panel.expert_thirds', t.division_code, prc_day(p.formed_at)) THEN
        PERFORM sanshe_refuse('PANEL_EXPERT_SHARE', '评审专家不得少于三分之二', 'at least two thirds of a panel are experts');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER panels_composed AFTER INSERT ON panels
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION panels_composed();
CREATE CONSTRAINT TRIGGER panel_members_composed AFTER INSERT ON panel_members
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION panels_composed();

REVOKE UPDATE, DELETE ON panels, panel_members, experts FROM sanshe_app;
