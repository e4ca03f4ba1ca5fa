-- 无偿场地与押金 (A43, SM-5).
CREATE TABLE space_licences (
    id              uuid PRIMARY KEY,
    centre_id       uuid NOT NULL REFERENCES incubation_centres (id),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    incubatee_id    uuid REFERENCES incubatees (id),
    division_code   text NOT NULL,
    room            text NOT NULL CHECK (length(room) BETWEEN 1 AND 40),
    area_m2         integer NOT NULL CONSTRAINT space_area CHECK (area_m2 BETWEEN 1 AND 100000),
    mission         text NOT NULL CHECK (length(mission) BETWEEN 1 AND 1000),
    valid_from      date NOT NULL,
    valid_to        date NOT NULL,
    -- 无偿: a rent is not foreseen, and so not possible.
    rent_fen        bigint NOT NULL DEFAULT 0 CONSTRAINT space_is_free CHECK (rent_fen = 0),
    ended_on        date,
    end_reason      text CHECK (length(end_reason) BETWEEN 1 AND 500),
    version         integer NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT space_days CHECK (valid_to >= valid_from),
    CONSTRAINT space_ended CHECK ((ended_on IS NULL) = (end_reason IS NULL)
        AND ended_on BETWEEN valid_from AND valid_to),
    CONSTRAINT space_taken EXCLUDE USING gist
        (centre_id WITH =, room WITH =, daterange(valid_from, coalesce(ended_on, valid_to), '[]') WITH &&)
);
CREATE INDEX space_licences_by_division ON space_licences (division_code text_pattern_ops, id);
CREATE INDEX space_licences_of ON space_licences (organization_id, id);
CREATE INDEX space_licences_by_centre ON space_licences (centre_id, valid_to);
REVOKE UPDATE, DELETE ON space_licences FROM sanshe_app;
GRANT UPDATE (ended_on, end_reason, version, updated_at) ON space_licences TO sanshe_app;

CREATE FUNCTION space_licences_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    centre incubation_centres%ROWTYPE;
    busiest bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.ended_on IS NOT NULL THEN
            PERFORM sanshe_refuse('LICENCE_ENDED', '该场地使用已终止', 'the licence has ended');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO centre FROM incubation_centres WHERE id = NEW.centre_id FOR UPDATE;
    IF centre.state <> 'OPEN' OR centre.division_code <> NEW.division_code THEN
        PERFORM sanshe_refuse('CENTRE_NOT_OPEN', '孵化中心尚未开放或已关闭', 'the centre is not open');
    END IF;
    IF NEW.incubatee_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM incubatees i WHERE i.id = NEW.incubatee_id
          AND i.organization_id = NEW.organization_id AND i.centre_id = NEW.centre_id
          AND i.state IN ('AGREEMENT', 'INCUBATING', 'EXTENDED')) THEN
        PERFORM sanshe_refuse('LICENCE_INCUBATEE', '须为本中心已签约或在孵的该组织', 'it is of this organisation, under agreement in this centre');
    END IF;
    -- On no day is more given away than there is: looked at where a licence begins.
    SELECT max(taken) INTO busiest FROM (
        SELECT (SELECT sum(l.area_m2) FROM space_licences l
                WHERE l.centre_id = NEW.centre_id
                  AND d.day BETWEEN l.valid_from AND coalesce(l.ended_on, l.valid_to)) AS taken
        FROM (SELECT NEW.valid_from AS day
              UNION SELECT s.valid_from FROM space_licences s
              WHERE s.centre_id = NEW.centre_id
                AND s.valid_from BETWEEN NEW.valid_from AND NEW.valid_to) AS d) AS days;
    IF coalesce(busiest, 0) + NEW.area_m2 > centre.area_m2 THEN
        PERFORM sanshe_refuse('SPACE_EXCEEDED', '场地面积合计超过孵化中心面积', 'more space than the centre has');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER space_licences_guard BEFORE INSERT OR UPDATE ON space_licences
    FOR EACH ROW EXECUTE FUNCTION space_licences_guard();

-- 押金. Where one is asked at all.
CREATE TABLE space_deposits (
    id           uuid PRIMARY KEY,
    licence_id   uuid NOT NULL CONSTRAINT deposit_once UNIQUE REFERENCES space_licences (id),
    amount_fen   bigint NOT NULL CONSTRAINT deposit_amount CHECK (amount_fen > 0),
    due_on       date NOT NULL,
    state        text NOT NULL,
    slip         text CHECK (length(slip) BETWEEN 1 AND 200),
    reported_by  text,
    reported_on  date,
    confirmed_by text,
    confirmed_on date,
    version      integer NOT NULL DEFAULT 1,
    CONSTRAINT deposit_reported CHECK (num_nonnulls(slip, reported_by, reported_on) =
        CASE WHEN state = 'DUE' THEN 0 ELSE 3 END),
    CONSTRAINT deposit_confirmed CHECK (num_nonnulls(confirmed_by, confirmed_on) =
        CASE WHEN state IN ('DUE', 'PAID') THEN 0 ELSE 2 END),
    -- Who says it was paid does not confirm that it came.
    CONSTRAINT deposit_two_people CHECK (confirmed_by <> reported_by)
);
REVOKE UPDATE, DELETE ON space_deposits FROM sanshe_app;
GRANT UPDATE (state, slip, reported_by, reported_on, confirmed_by, confirmed_on, version)
    ON space_deposits TO sanshe_app;
INSERT INTO state_transitions VALUES
    ('space_deposit', 'DUE', 'PAID'), ('space_deposit', 'PAID', 'DUE'), ('space_deposit', 'PAID', 'HELD'),
    ('space_deposit', 'HELD', 'PARTIALLY_REFUNDED'), ('space_deposit', 'HELD', 'REFUNDED'),
    ('space_deposit', 'HELD', 'DEDUCTED'), ('space_deposit', 'HELD', 'FORFEITED'),
    ('space_deposit', 'PARTIALLY_REFUNDED', 'REFUNDED'),
    ('space_deposit', 'PARTIALLY_REFUNDED', 'DEDUCTED'),
    ('space_deposit', 'PARTIALLY_REFUNDED', 'FORFEITED');
CREATE TRIGGER space_deposits_state BEFORE INSERT OR UPDATE ON space_deposits
    FOR EACH ROW EXECUTE FUNCTION state_guard('space_deposit', 'DUE');

-- 返还阶段. One stage is a refund in full at the end.
CREATE TABLE deposit_stages (
    id          uuid PRIMARY KEY,
    licence_id  uuid NOT NULL REFERENCES space_deposits (licence_id),
    stage_no    integer NOT NULL CHECK (stage_no BETWEEN 1 AND 12),
    title       text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    amount_fen  bigint NOT NULL CONSTRAINT stage_amount CHECK (amount_fen > 0),
    evidence    text CHECK (length(evidence) BETWEEN 1 AND 1000),
    accepted_on date,
    accepted_by text,
    version     integer NOT NULL DEFAULT 1,
    CONSTRAINT stage_once UNIQUE (licence_id, stage_no),
    CONSTRAINT stage_acceptance CHECK (num_nonnulls(evidence, accepted_on, accepted_by) IN (0, 3))
);
REVOKE UPDATE, DELETE ON deposit_stages FROM sanshe_app;
GRANT UPDATE (evidence, accepted_on, accepted_by, version) ON deposit_stages TO sanshe_app;

CREATE FUNCTION deposit_stages_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.accepted_on IS NOT NULL THEN
        PERFORM sanshe_refuse('STAGE_ACCEPTED', '该阶段已验收', 'the stage has been accepted already');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER deposit_stages_guard BEFORE UPDATE ON deposit_stages
    FOR EACH ROW EXECUTE FUNCTION deposit_stages_guard();

CREATE FUNCTION deposit_stages_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stages record;
    whole bigint;
BEGIN
    SELECT sum(amount_fen) AS total, count(*) AS n, max(stage_no) AS last INTO stages
    FROM deposit_stages WHERE licence_id = NEW.licence_id;
    SELECT amount_fen INTO whole FROM space_deposits WHERE licence_id = NEW.licence_id;
    IF stages.total IS DISTINCT FROM whole OR stages.n <> stages.last THEN
        PERFORM sanshe_refuse('STAGES_SUM', '各阶段返还金额合计须等于押金,阶段须连续编号',
            'the stages are numbered from 1 and add up to the deposit');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER deposit_stages_sum AFTER INSERT ON deposit_stages
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deposit_stages_sum();
CREATE CONSTRAINT TRIGGER space_deposits_sum AFTER INSERT ON space_deposits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deposit_stages_sum();

-- A stage is refunded after it was accepted, and never more than its part.
CREATE FUNCTION deposit_entries_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stage deposit_stages%ROWTYPE;
BEGIN
    IF NEW.kind = 'DEPOSIT_REFUNDED' THEN
        SELECT * INTO stage FROM deposit_stages
        WHERE licence_id = NEW.owner_id AND stage_no = NEW.stage_no FOR SHARE;
        IF stage.accepted_on IS NULL OR stage.accepted_on > NEW.booked_on THEN
            PERFORM sanshe_refuse('STAGE_NOT_ACCEPTED', '阶段验收通过后方可返还', 'a stage is refunded after its acceptance');
        END IF;
        IF NEW.amount_fen > stage.amount_fen THEN
            PERFORM sanshe_refuse('STAGE_REFUND_EXCEEDED', '返还金额超过本阶段金额', 'more than the part of this stage');
        END IF;
    END IF;
    IF starts_with(NEW.kind, 'DEPOSIT_') AND NOT EXISTS (
        SELECT 1 FROM space_deposits d WHERE d.licence_id = NEW.owner_id) THEN
        PERFORM sanshe_refuse('DEPOSIT_NONE', '该场地使用没有押金', 'there is no deposit for this licence');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER deposit_entries_guard BEFORE INSERT ON money_entries
    FOR EACH ROW EXECUTE FUNCTION deposit_entries_guard();

-- Checked at commit: the state of a deposit is what its ledger says. That no
-- more goes out than came in is the floor of its account.
CREATE FUNCTION deposit_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_licence uuid := coalesce(to_jsonb(NEW) ->> 'licence_id', to_jsonb(NEW) ->> 'owner_id')::uuid;
    one space_deposits%ROWTYPE;
    held bigint := money_balance(of_licence, 'DEPOSIT');
    paid bigint := money_total(of_licence, 'DEPOSIT_PAID');
    refunded bigint := money_total(of_licence, 'DEPOSIT_REFUNDED');
    deducted bigint := money_total(of_licence, 'DEPOSIT_DEDUCTED');
    forfeited bigint := money_total(of_licence, 'DEPOSIT_FORFEITED');
    said text;
BEGIN
    SELECT * INTO one FROM space_deposits WHERE licence_id = of_licence;
    IF one.licence_id IS NULL THEN
        RETURN NULL;
    END IF;
    said := CASE
        WHEN paid = 0 THEN 'DUE or PAID'
        WHEN held > 0 AND refunded = 0 THEN 'HELD'
        WHEN held > 0 THEN 'PARTIALLY_REFUNDED'
        WHEN forfeited > 0 THEN 'FORFEITED'
        WHEN deducted > 0 THEN 'DEDUCTED'
        ELSE 'REFUNDED' END;
    IF paid NOT IN (0, one.amount_fen)
       OR NOT (said = one.state OR (paid = 0 AND one.state IN ('DUE', 'PAID'))) THEN
        PERFORM sanshe_refuse('DEPOSIT_DISAGREES', format('押金状态与账目不符,账目为 %s', said),
            format('the state of the deposit is not what its ledger says: %s', said));
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER space_deposits_agree AFTER UPDATE ON space_deposits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deposit_agrees();
CREATE CONSTRAINT TRIGGER money_entries_agree AFTER INSERT ON money_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION deposit_agrees();
