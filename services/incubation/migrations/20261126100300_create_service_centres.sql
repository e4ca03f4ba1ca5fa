-- 社会服务中心 (A32–A34): of the city, of a district, of a community; each is a
-- social organisation itself, and the one above guides the one below.
CREATE TABLE service_centres (
    id              uuid PRIMARY KEY,
    level           text NOT NULL CHECK (level IN ('CITY', 'DISTRICT', 'COMMUNITY')),
    division_code   text NOT NULL,
    community_id    uuid,
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    organization_id uuid NOT NULL CONSTRAINT service_centre_organization REFERENCES organizations (id),
    guided_by       uuid REFERENCES service_centres (id),
    founded_on      date NOT NULL,
    closed_on       date,
    close_reason    text CHECK (length(close_reason) BETWEEN 1 AND 500),
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT service_centre_level CHECK (division_code ~ CASE level
        WHEN 'CITY' THEN '^[1-9][0-9](0[1-9]|[1-9][0-9])00000000$'
        WHEN 'DISTRICT' THEN '^[1-9][0-9]{3}(0[1-9]|[1-9][0-9])000000$'
        ELSE '^[1-9][0-9]{8}(00[1-9]|0[1-9][0-9]|[1-9][0-9]{2})$' END),
    CONSTRAINT service_centre_community CHECK ((level = 'COMMUNITY') = (community_id IS NOT NULL)),
    CONSTRAINT service_centre_closing CHECK ((closed_on IS NULL) = (close_reason IS NULL)),
    CONSTRAINT service_centre_days CHECK (closed_on >= founded_on)
);
-- One of a level in a place at a time.
CREATE UNIQUE INDEX service_centre_exists ON service_centres (division_code, level)
    WHERE closed_on IS NULL;
CREATE INDEX service_centres_by_division ON service_centres (division_code text_pattern_ops, id);
REVOKE DELETE ON service_centres FROM sanshe_app;
ALTER TABLE district_centre_tasks ADD CONSTRAINT district_centre_task_centre
    FOREIGN KEY (centre_id) REFERENCES service_centres (id);

CREATE FUNCTION service_centres_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    body organizations%ROWTYPE;
    above service_centres%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.level, NEW.division_code, NEW.community_id, NEW.organization_id, NEW.founded_on)
           IS DISTINCT FROM
           (OLD.id, OLD.level, OLD.division_code, OLD.community_id, OLD.organization_id, OLD.founded_on)
           OR OLD.closed_on IS NOT NULL THEN
            PERFORM sanshe_refuse('SERVICE_CENTRE_FIXED', '服务中心的层级、区划和主体不可更改,已撤销的不再变动',
                'level, place and body of a centre never change, nor does a closed one');
        END IF;
    ELSE
        SELECT * INTO body FROM organizations WHERE id = NEW.organization_id FOR SHARE;
        IF body.kind NOT IN ('SOCIAL_GROUP', 'PRIVATE_NON_ENTERPRISE', 'FOUNDATION')
           OR body.status <> 'REGISTERED' THEN
            PERFORM sanshe_refuse('SERVICE_CENTRE_BODY', '社会服务中心须为已登记的社会组织',
                'a service centre is a registered social organisation');
        END IF;
    END IF;
    IF NEW.guided_by IS NOT NULL THEN
        SELECT * INTO above FROM service_centres WHERE id = NEW.guided_by FOR SHARE;
        IF above.level = 'COMMUNITY' OR above.division_code = NEW.division_code
           OR NOT starts_with(NEW.division_code, division_prefix(above.division_code)) THEN
            PERFORM sanshe_refuse('SERVICE_CENTRE_GUIDE', '指导单位须为所在区或市的社会服务中心',
                'a centre is guided by the one of its own district or city');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER service_centres_guard BEFORE INSERT OR UPDATE ON service_centres
    FOR EACH ROW EXECUTE FUNCTION service_centres_guard();

-- A task is done by a centre of that very district, in being.
CREATE FUNCTION district_centre_tasks_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'ESTABLISHED' AND NOT EXISTS (
        SELECT 1 FROM service_centres c
        WHERE c.id = NEW.centre_id AND c.level = 'DISTRICT' AND c.division_code = NEW.division_code) THEN
        PERFORM sanshe_refuse('DISTRICT_CENTRE_OTHER', '须由本区的区级社会服务中心办结',
            'the task ends with the centre of this very district');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER district_centre_tasks_guard BEFORE UPDATE ON district_centre_tasks
    FOR EACH ROW EXECUTE FUNCTION district_centre_tasks_guard();
