-- 党群建设平台 (A3, A17, A5): organisations of the Party as a tree, members whom
-- only few may see, 双报到, and resources that meet needs.
CREATE TABLE party_organizations (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    parent_id     uuid REFERENCES party_organizations (id),
    kind          text NOT NULL CHECK (kind IN ('COMMITTEE', 'GENERAL_BRANCH', 'BRANCH', 'GRID_GROUP')),
    name          text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    created_at    timestamptz NOT NULL,
    dissolved_at  timestamptz,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT party_organization_root CHECK ((kind = 'COMMITTEE') = (parent_id IS NULL))
);
CREATE UNIQUE INDEX party_committee ON party_organizations (community_id)
    WHERE kind = 'COMMITTEE' AND dissolved_at IS NULL;
CREATE FUNCTION party_rank(kind text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind WHEN 'COMMITTEE' THEN 1 WHEN 'GENERAL_BRANCH' THEN 2 WHEN 'BRANCH' THEN 3 ELSE 4 END
$$;
CREATE FUNCTION party_organizations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above party_organizations%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF EXISTS (SELECT 1 FROM party_organizations o WHERE o.parent_id = NEW.id AND o.dissolved_at IS NULL)
           OR EXISTS (SELECT 1 FROM party_members m WHERE m.organization_id = NEW.id AND m.left_on IS NULL) THEN
            PERFORM sanshe_refuse('PARTY_ORGANIZATION_IN_USE', '该组织还有下级组织或党员', 'it still has organisations below it, or members');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.parent_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO above FROM party_organizations WHERE id = NEW.parent_id FOR SHARE;
    IF above.community_id <> NEW.community_id OR above.dissolved_at IS NOT NULL
       OR party_rank(above.kind) >= party_rank(NEW.kind) THEN
        PERFORM sanshe_refuse('PARTY_ORGANIZATION_PARENT', '上级组织须在本社区、在册且层级更高',
            'what is above is of the community, in being and of a higher level');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER party_organizations_origin BEFORE UPDATE ON party_organizations
    FOR EACH ROW EXECUTE FUNCTION origin_guard('party_organization', 'community_id', 'division_code', 'parent_id', 'kind', 'name', 'created_at');
REVOKE DELETE ON party_organizations FROM sanshe_app;

-- Membership is sensitive (D.4 T6): ids only, and every look is logged.
CREATE TABLE party_members (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES party_organizations (id),
    community_id    uuid NOT NULL REFERENCES communities (id),
    division_code   text NOT NULL,
    resident_id     uuid NOT NULL,
    role            text NOT NULL CHECK (role IN ('SECRETARY', 'DEPUTY', 'GROUP_LEADER', 'MEMBER')),
    joined_on       date NOT NULL,
    left_on         date CHECK (left_on >= joined_on),
    version         integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX party_member_once ON party_members (resident_id) WHERE left_on IS NULL;
CREATE UNIQUE INDEX party_secretary ON party_members (organization_id) WHERE role = 'SECRETARY' AND left_on IS NULL;
CREATE INDEX party_members_by_organization ON party_members (organization_id, id);
CREATE FUNCTION party_members_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM party_organizations o WHERE o.id = NEW.organization_id
                   AND o.community_id = NEW.community_id AND o.dissolved_at IS NULL) THEN
        PERFORM sanshe_refuse('PARTY_ORGANIZATION_GONE', '该组织不在本社区或已撤销', 'the organisation is elsewhere or dissolved');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER party_members_guard BEFORE INSERT ON party_members
    FOR EACH ROW EXECUTE FUNCTION party_members_guard();
CREATE TRIGGER party_members_origin BEFORE UPDATE ON party_members
    FOR EACH ROW EXECUTE FUNCTION origin_guard('party_member', 'organization_id', 'community_id', 'division_code', 'resident_id', 'role', 'joined_on');
REVOKE DELETE ON party_members FROM sanshe_app;
CREATE TRIGGER party_organizations_guard BEFORE INSERT OR UPDATE ON party_organizations
    FOR EACH ROW EXECUTE FUNCTION party_organizations_guard();

-- 双报到: a unit or a member reports to the community, takes up a need, does it,
-- and whoever had the need rates it.
CREATE TABLE check_ins (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    unit_id       uuid REFERENCES resident_units (id),
    resident_id   uuid,
    offers        text NOT NULL CHECK (length(offers) BETWEEN 1 AND 500),
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL,
    state         text NOT NULL,
    need_id       uuid REFERENCES needs (id),
    result        text CHECK (length(result) BETWEEN 1 AND 1000),
    stars         integer CHECK (stars BETWEEN 1 AND 5),
    updated_at    timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT check_in_one_of_two CHECK ((unit_id IS NULL) <> (resident_id IS NULL)),
    CONSTRAINT check_in_claimed CHECK ((state = 'REGISTERED') = (need_id IS NULL) OR state = 'WITHDRAWN'),
    CONSTRAINT check_in_done CHECK ((state IN ('DONE', 'RATED')) = (result IS NOT NULL)),
    CONSTRAINT check_in_rated CHECK ((state = 'RATED') = (stars IS NOT NULL))
);
CREATE INDEX check_ins_by_division ON check_ins (division_code text_pattern_ops, id);
CREATE UNIQUE INDEX check_in_need ON check_ins (need_id) WHERE state IN ('CLAIMED', 'DONE', 'RATED');
INSERT INTO state_moves VALUES
    ('check_in', '', 'REGISTERED'),
    ('check_in', 'REGISTERED', 'CLAIMED'),
    ('check_in', 'REGISTERED', 'WITHDRAWN'),
    ('check_in', 'CLAIMED', 'DONE'),
    ('check_in', 'CLAIMED', 'WITHDRAWN'),
    ('check_in', 'DONE', 'RATED');
-- 资源链接 (A5): what a unit offers meets a need, and is delivered.
CREATE TABLE resource_offers (
    id            uuid PRIMARY KEY,
    community_id  uuid NOT NULL REFERENCES communities (id),
    division_code text NOT NULL,
    unit_id       uuid NOT NULL REFERENCES resident_units (id),
    kind          text NOT NULL CHECK (kind IN ('VENUE', 'PEOPLE', 'FUNDS', 'GOODS', 'SKILL')),
    description   text NOT NULL CHECK (length(description) BETWEEN 1 AND 500),
    offered_at    timestamptz NOT NULL,
    state         text NOT NULL,
    need_id       uuid REFERENCES needs (id),
    result        text CHECK (length(result) BETWEEN 1 AND 1000),
    updated_at    timestamptz NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    CONSTRAINT resource_offer_matched CHECK (state NOT IN ('MATCHED', 'DELIVERED') OR need_id IS NOT NULL),
    CONSTRAINT resource_offer_delivered CHECK ((state = 'DELIVERED') = (result IS NOT NULL))
);
CREATE INDEX resource_offers_by_division ON resource_offers (division_code text_pattern_ops, id);
INSERT INTO state_moves VALUES
    ('resource_offer', '', 'OFFERED'),
    ('resource_offer', 'OFFERED', 'MATCHED'),
    ('resource_offer', 'OFFERED', 'WITHDRAWN'),
    ('resource_offer', 'MATCHED', 'OFFERED'),
    ('resource_offer', 'MATCHED', 'DELIVERED');

-- A need that is taken up is one of the community, looked at and not met yet.
CREATE FUNCTION need_taken_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.need_id IS NOT NULL AND NEW.need_id IS DISTINCT FROM OLD.need_id
       AND NOT EXISTS (SELECT 1 FROM needs n WHERE n.id = NEW.need_id AND n.community_id = NEW.community_id
                       AND n.state IN ('VERIFIED', 'PROPOSED')) THEN
        PERFORM sanshe_refuse('NEED_NOT_OPEN', '该需求不属于本社区,或尚未核实、已经满足',
            'the need is of another community, not verified, or met');
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION unit_here_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.unit_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM resident_units u WHERE u.id = NEW.unit_id AND u.community_id = NEW.community_id AND u.left_at IS NULL) THEN
        PERFORM sanshe_refuse('JOINT_UNIT', '该单位不是本社区的驻区单位', 'the unit is not one of this community');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER check_ins_need BEFORE UPDATE ON check_ins FOR EACH ROW EXECUTE FUNCTION need_taken_guard();
CREATE TRIGGER check_ins_unit BEFORE INSERT ON check_ins FOR EACH ROW EXECUTE FUNCTION unit_here_guard();
CREATE TRIGGER check_ins_origin BEFORE UPDATE ON check_ins
    FOR EACH ROW EXECUTE FUNCTION origin_guard('check_in', 'community_id', 'division_code', 'unit_id', 'resident_id', 'offers', 'registered_by', 'registered_at');
CREATE TRIGGER check_ins_state BEFORE INSERT OR UPDATE ON check_ins FOR EACH ROW EXECUTE FUNCTION state_guard('check_in');
CREATE TRIGGER resource_offers_need BEFORE UPDATE ON resource_offers FOR EACH ROW EXECUTE FUNCTION need_taken_guard();
CREATE TRIGGER resource_offers_unit BEFORE INSERT ON resource_offers FOR EACH ROW EXECUTE FUNCTION unit_here_guard();
CREATE TRIGGER resource_offers_origin BEFORE UPDATE ON resource_offers
    FOR EACH ROW EXECUTE FUNCTION origin_guard('resource_offer', 'community_id', 'division_code', 'unit_id', 'kind', 'description', 'offered_at');
CREATE TRIGGER resource_offers_state BEFORE INSERT OR UPDATE ON resource_offers FOR EACH ROW EXECUTE FUNCTION state_guard('resource_offer');
REVOKE DELETE ON check_ins, resource_offers FROM sanshe_app;
