-- 自治议题 (A22, SM-3). Raised, seconded, decided by residents, carried out, rated.
CREATE TABLE proposals (
    id                  uuid PRIMARY KEY,
    need_id             uuid NOT NULL REFERENCES needs (id),
    trace_id            uuid NOT NULL,
    community_id        uuid NOT NULL REFERENCES communities (id),
    division_code       text NOT NULL,
    title               text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    body                text NOT NULL CHECK (length(body) BETWEEN 1 AND 5000),
    raised_by           text NOT NULL,
    raised_by_resident  uuid,
    seconds             integer NOT NULL DEFAULT 0 CHECK (seconds >= 0),
    state               text NOT NULL,
    route               text CHECK (route IN ('PROCUREMENT', 'SELF_RUN', 'GRANT')),
    procurement_need_id uuid,
    decided_at          timestamptz,
    published_at        timestamptz,
    objection_until     timestamptz,
    version             integer NOT NULL DEFAULT 1,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL,
    CONSTRAINT proposal_publicity CHECK ((published_at IS NULL) = (objection_until IS NULL)
        AND (published_at IS NOT NULL OR state NOT IN
             ('PUBLISHED', 'OBJECTED', 'PROJECTISED', 'EXECUTING', 'RESULT_PUBLISHED', 'RATED'))),
    CONSTRAINT proposal_route_named CHECK (
        (route IS NULL) = (state NOT IN ('PROJECTISED', 'EXECUTING', 'RESULT_PUBLISHED', 'RATED'))),
    CONSTRAINT proposal_purchase_named CHECK (
        (procurement_need_id IS NOT NULL) = (route IS NOT NULL AND route = 'PROCUREMENT'))
);
-- A need has one living proposal.
CREATE UNIQUE INDEX proposal_of_need ON proposals (need_id)
    WHERE state NOT IN ('OUT_OF_SCOPE', 'REJECTED');
CREATE INDEX proposals_by_division ON proposals (division_code text_pattern_ops, id);
CREATE INDEX proposals_by_trace ON proposals (trace_id);

CREATE TABLE proposal_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO proposal_transitions VALUES
    ('RAISED', 'SCREENED'), ('RAISED', 'OUT_OF_SCOPE'),
    ('SCREENED', 'SECONDED'),
    ('SECONDED', 'ON_AGENDA'),
    ('ON_AGENDA', 'DELIBERATING'),
    ('DELIBERATING', 'ADOPTED'), ('DELIBERATING', 'REJECTED'), ('DELIBERATING', 'MORE_WORK'),
    ('MORE_WORK', 'ON_AGENDA'),
    ('ADOPTED', 'PUBLISHED'),
    ('PUBLISHED', 'OBJECTED'), ('OBJECTED', 'PUBLISHED'), ('OBJECTED', 'MORE_WORK'),
    ('PUBLISHED', 'PROJECTISED'),
    ('PROJECTISED', 'EXECUTING'),
    ('EXECUTING', 'RESULT_PUBLISHED'),
    ('RESULT_PUBLISHED', 'RATED');
REVOKE INSERT, UPDATE, DELETE ON proposal_transitions FROM sanshe_app;

CREATE FUNCTION proposals_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'RAISED' THEN
            PERFORM sanshe_refuse('PROPOSAL_STATE', '议题只能从“提出”开始', 'a proposal begins as RAISED');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.need_id, NEW.trace_id, NEW.community_id, NEW.division_code, NEW.title, NEW.body,
        NEW.raised_by, NEW.raised_by_resident, NEW.created_at)
       IS DISTINCT FROM
       (OLD.need_id, OLD.trace_id, OLD.community_id, OLD.division_code, OLD.title, OLD.body,
        OLD.raised_by, OLD.raised_by_resident, OLD.created_at) THEN
        PERFORM sanshe_refuse('PROPOSAL_TEXT', '议题提出后内容与来源不可更改',
            'a proposal keeps its text and its origin');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM proposal_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('PROPOSAL_STATE',
            format('议题不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a proposal cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'PROJECTISED' AND OLD.state = 'PUBLISHED'
       AND NEW.updated_at < OLD.objection_until THEN
        PERFORM sanshe_refuse('PUBLICITY_RUNNING', '公示期尚未结束', 'the publicity period still runs');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER proposals_guard BEFORE INSERT OR UPDATE ON proposals
    FOR EACH ROW EXECUTE FUNCTION proposals_guard();
REVOKE DELETE ON proposals FROM sanshe_app;

-- 附议. Once each.
CREATE TABLE proposal_seconds (
    proposal_id uuid NOT NULL REFERENCES proposals (id),
    resident_id uuid NOT NULL,
    seconded_at timestamptz NOT NULL,
    CONSTRAINT proposal_seconded_already PRIMARY KEY (proposal_id, resident_id)
);
CREATE TRIGGER proposal_seconds_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON proposal_seconds
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON proposal_seconds FROM sanshe_app;

-- The number shown is the number of residents who seconded.
CREATE FUNCTION proposals_seconds_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seconds <> (SELECT count(*) FROM proposal_seconds s WHERE s.proposal_id = NEW.id) THEN
        PERFORM sanshe_refuse('PROPOSAL_SECONDS', '附议人数与附议记录不符',
            'the number of seconds differs from the residents who seconded');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER proposals_seconds_guard BEFORE UPDATE ON proposals
    FOR EACH ROW WHEN (NEW.seconds <> OLD.seconds) EXECUTE FUNCTION proposals_seconds_guard();

-- 异议, within the publicity period.
CREATE TABLE proposal_objections (
    id          uuid PRIMARY KEY,
    proposal_id uuid NOT NULL REFERENCES proposals (id),
    resident_id uuid NOT NULL,
    body        text NOT NULL CHECK (length(body) BETWEEN 1 AND 2000),
    raised_at   timestamptz NOT NULL,
    upheld      boolean,
    note        text,
    resolved_at timestamptz,
    CONSTRAINT objection_resolution CHECK (
        (upheld IS NULL) = (resolved_at IS NULL) AND (upheld IS NULL) = (note IS NULL))
);
CREATE UNIQUE INDEX objection_open_one ON proposal_objections (proposal_id) WHERE resolved_at IS NULL;

CREATE FUNCTION proposal_objections_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE p proposals%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.resolved_at IS NOT NULL
           OR (NEW.id, NEW.proposal_id, NEW.resident_id, NEW.body, NEW.raised_at)
              IS DISTINCT FROM (OLD.id, OLD.proposal_id, OLD.resident_id, OLD.body, OLD.raised_at) THEN
            PERFORM sanshe_refuse('OBJECTION_SETTLED', '异议内容及已有的处理结果不可更改',
                'an objection keeps its text, and is settled once');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO p FROM proposals WHERE id = NEW.proposal_id;
    IF p.state <> 'PUBLISHED' OR NEW.raised_at < p.published_at THEN
        PERFORM sanshe_refuse('PROPOSAL_STATE', '只有公示中的议题可以提出异议',
            'only a decision that is being shown can be objected to');
    END IF;
    IF NEW.raised_at >= p.objection_until THEN
        PERFORM sanshe_refuse('PUBLICITY_ENDED', '公示期已结束,不再接受异议',
            'the publicity period is over');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER proposal_objections_guard BEFORE INSERT OR UPDATE ON proposal_objections
    FOR EACH ROW EXECUTE FUNCTION proposal_objections_guard();
REVOKE DELETE ON proposal_objections FROM sanshe_app;

-- 评价, by the resident who reported the need, once.
CREATE TABLE ratings (
    need_id     uuid CONSTRAINT result_rated_already PRIMARY KEY REFERENCES needs (id),
    proposal_id uuid NOT NULL REFERENCES proposals (id),
    resident_id uuid NOT NULL,
    stars       integer NOT NULL CHECK (stars BETWEEN 1 AND 5),
    comment     text CHECK (length(comment) <= 2000),
    rated_at    timestamptz NOT NULL
);
CREATE FUNCTION ratings_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM needs n WHERE n.id = NEW.need_id AND n.reported_by = NEW.resident_id) THEN
        PERFORM sanshe_refuse('RATING_NOT_YOURS', '只有上报需求的居民可以评价',
            'only the resident who reported the need rates its result');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM proposals p WHERE p.id = NEW.proposal_id
                   AND p.need_id = NEW.need_id AND p.state = 'RESULT_PUBLISHED') THEN
        PERFORM sanshe_refuse('RESULT_NOT_PUBLISHED', '结果尚未公布,不能评价',
            'the result is not published yet');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER ratings_guard BEFORE INSERT ON ratings FOR EACH ROW EXECUTE FUNCTION ratings_guard();
CREATE TRIGGER ratings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ratings
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON ratings FROM sanshe_app;

CREATE FUNCTION proposals_rating_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM ratings r WHERE r.proposal_id = NEW.id) THEN
        PERFORM sanshe_refuse('PROPOSAL_UNRATED', '居民尚未评价', 'the resident has not rated the result');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER proposals_rating_guard BEFORE UPDATE ON proposals
    FOR EACH ROW WHEN (NEW.state = 'RATED' AND OLD.state <> 'RATED')
    EXECUTE FUNCTION proposals_rating_guard();
