-- 招标项目 (A75, SM-17). The legal clocks are refused here as well.
CREATE TABLE tenders (
    id               uuid PRIMARY KEY,
    trace_id         uuid NOT NULL,
    need_id          uuid NOT NULL REFERENCES procurement_needs (id),
    community_id     uuid NOT NULL,
    division_code    text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    method           text NOT NULL CONSTRAINT method_not_offered CHECK (method IN ('OPEN', 'CONSULTATION')),
    title            text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    price_weight     integer NOT NULL CHECK (price_weight BETWEEN 0 AND 100),
    -- The budget, and the price that no bid may be above.
    budget_fen       bigint NOT NULL CHECK (budget_fen > 0),
    ceiling_fen      bigint NOT NULL CHECK (ceiling_fen > 0),
    elder_care       boolean NOT NULL,
    state            text NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    -- SHA-256 of the seed of the expert draw, where it was fixed at publication.
    seed_commitment  text CHECK (seed_commitment ~ '^[0-9a-f]{64}$'),
    created_at       timestamptz NOT NULL,
    published_at     timestamptz,
    documents_until  timestamptz,
    closes_at        timestamptz,
    opens_at         timestamptz,
    opened_at        timestamptz,
    ranked_at        timestamptz,
    decide_by        timestamptz,
    abandoned_reason text CHECK (length(abandoned_reason) BETWEEN 1 AND 500),
    updated_at       timestamptz NOT NULL,
    CONSTRAINT tender_clock_missing CHECK (state IN ('DRAFT', 'ABANDONED')
        OR (published_at IS NOT NULL AND documents_until IS NOT NULL AND closes_at IS NOT NULL AND opens_at IS NOT NULL)),
    CONSTRAINT tender_clock_order CHECK (published_at < documents_until AND documents_until <= closes_at AND closes_at <= opens_at),
    CHECK (state <> 'ABANDONED' OR abandoned_reason IS NOT NULL)
);
CREATE INDEX tenders_by_division ON tenders (division_code text_pattern_ops, id);
CREATE INDEX tenders_by_trace ON tenders (trace_id);
CREATE UNIQUE INDEX tender_exists ON tenders (need_id) WHERE state <> 'ABANDONED';

CREATE TABLE tender_criteria (
    id        uuid PRIMARY KEY,
    tender_id uuid NOT NULL REFERENCES tenders (id),
    seq       integer NOT NULL,
    name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    -- 资格条件不得作为评审因素: a qualification is no criterion.
    kind      text NOT NULL CONSTRAINT criterion_qualification_scored
              CHECK (kind IN ('PRICE', 'TECHNICAL', 'COMMERCIAL', 'CREDIT')),
    weight    integer NOT NULL CHECK (weight BETWEEN 1 AND 100),
    max_score integer NOT NULL CHECK (max_score BETWEEN 1 AND 1000),
    objective boolean NOT NULL,
    UNIQUE (tender_id, seq),
    UNIQUE (id, tender_id)
);
CREATE UNIQUE INDEX price_criterion_exists ON tender_criteria (tender_id) WHERE kind = 'PRICE';

CREATE TABLE tender_milestones (
    tender_id uuid NOT NULL REFERENCES tenders (id),
    seq       integer NOT NULL,
    title     text NOT NULL CHECK (length(title) BETWEEN 1 AND 100),
    units     bigint NOT NULL CHECK (units > 0),
    percent   integer NOT NULL CHECK (percent BETWEEN 1 AND 100),
    PRIMARY KEY (tender_id, seq)
);

CREATE TABLE tender_notices (
    id           uuid PRIMARY KEY,
    tender_id    uuid NOT NULL REFERENCES tenders (id),
    kind         text NOT NULL CHECK (kind IN ('CLARIFICATION', 'EXTENSION')),
    text         text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    affects_bids boolean NOT NULL,
    closes_at    timestamptz NOT NULL,
    at           timestamptz NOT NULL
);
CREATE INDEX tender_notices_by_tender ON tender_notices (tender_id, id);
CREATE TRIGGER tender_notices_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tender_notices
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE TABLE tender_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO tender_transitions VALUES
    ('DRAFT', 'PUBLISHED'), ('PUBLISHED', 'OPENING'), ('OPENING', 'OPENED'), ('OPENED', 'EVALUATING'),
    ('EVALUATING', 'RANKED'), ('RANKED', 'AWARDED'), ('AWARDED', 'RESULT_PUBLISHED'),
    ('RESULT_PUBLISHED', 'CONTRACTED'),
    ('DRAFT', 'ABANDONED'), ('PUBLISHED', 'ABANDONED'), ('OPENING', 'ABANDONED'), ('OPENED', 'ABANDONED'),
    ('EVALUATING', 'ABANDONED'), ('RANKED', 'ABANDONED');

-- Weights and instalments make exactly 100, seen at the end of the transaction.
CREATE FUNCTION tender_sums() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE the_tender uuid := coalesce((to_jsonb(NEW) ->> 'tender_id')::uuid, (to_jsonb(NEW) ->> 'id')::uuid);
BEGIN
    IF (SELECT coalesce(sum(c.weight), 0) FROM tender_criteria c WHERE c.tender_id = the_tender) <> 100 THEN
        PERFORM sanshe_refuse('CRITERIA_WEIGHTS', '评审因素权重合计须为 100', 'the weights of the criteria sum to 100');
    END IF;
    IF (SELECT coalesce(sum(m.percent), 0) FROM tender_milestones m WHERE m.tender_id = the_tender) <> 100 THEN
        PERFORM sanshe_refuse('MILESTONE_PERCENTS', '付款节点比例合计须为 100', 'the percentages of the milestones sum to 100');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM tenders t JOIN tender_criteria c ON c.tender_id = t.id AND c.kind = 'PRICE'
                   WHERE t.id = the_tender AND c.weight = t.price_weight) THEN
        PERFORM sanshe_refuse('PRICE_WEIGHT_DIFFERS', '价格分权重与价格因素不一致', 'the price weight differs from the price criterion');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER tender_sums AFTER INSERT ON tenders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tender_sums();
CREATE CONSTRAINT TRIGGER tender_criteria_sums AFTER INSERT ON tender_criteria
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tender_sums();
CREATE CONSTRAINT TRIGGER tender_milestones_sums AFTER INSERT ON tender_milestones
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tender_sums();

-- What the procurement law says of the clocks, on the day of publication.
CREATE FUNCTION tender_clocks_check(t tenders) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    rule text := 'prc.' || lower(t.method);
    day date := prc_day(t.published_at);
    days bigint := prc_parameter(rule || '.bid_days', t.division_code, day);
    sale bigint := prc_parameter(rule || '.documents_working_days', t.division_code, day);
BEGIN
    IF prc_day(t.closes_at) - day < days THEN
        PERFORM sanshe_refuse('BID_PERIOD_TOO_SHORT',
            format('自公告之日至投标截止不得少于 %s 日', days),
            format('at least %s days lie between publication and the close', days));
    END IF;
    IF prc_working_days(day, prc_day(t.documents_until)) < sale THEN
        PERFORM sanshe_refuse('DOCUMENT_PERIOD_TOO_SHORT',
            format('招标文件提供期限不得少于 %s 个工作日', sale),
            format('the documents are offered for at least %s working days', sale));
    END IF;
    IF t.price_weight NOT BETWEEN prc_parameter(rule || '.price_weight_min', t.division_code, day)
                              AND prc_parameter(rule || '.price_weight_max', t.division_code, day) THEN
        PERFORM sanshe_refuse('PRICE_WEIGHT_OUT_OF_RANGE', '价格分权重超出规定范围', 'the price weight is outside the lawful range');
    END IF;
END
$$;

CREATE FUNCTION tenders_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'DRAFT' THEN
            PERFORM sanshe_refuse('TENDER_STATE', '招标项目只能从草稿开始', 'a tender begins as DRAFT');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.trace_id, NEW.need_id, NEW.community_id, NEW.division_code, NEW.method, NEW.price_weight, NEW.budget_fen, NEW.ceiling_fen, NEW.elder_care)
       IS DISTINCT FROM (OLD.trace_id, OLD.need_id, OLD.community_id, OLD.division_code, OLD.method, OLD.price_weight, OLD.budget_fen, OLD.ceiling_fen, OLD.elder_care) THEN
        PERFORM sanshe_refuse('TENDER_TERMS_FIXED', '招标项目的来源和条件不可更改', 'origin and terms of a tender never change');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM tender_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('TENDER_STATE',
            format('招标项目不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a tender cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF OLD.state <> 'DRAFT' THEN
        IF (NEW.published_at, NEW.seed_commitment) IS DISTINCT FROM (OLD.published_at, OLD.seed_commitment) THEN
            PERFORM sanshe_refuse('TENDER_TERMS_FIXED', '公告内容不可更改', 'what was published never changes');
        END IF;
        IF NEW.closes_at <> OLD.closes_at AND (OLD.state <> 'PUBLISHED' OR NEW.closes_at < OLD.closes_at
           OR NEW.updated_at >= OLD.closes_at) THEN
            PERFORM sanshe_refuse('TENDER_CLOSE_MOVED', '截止时间只能在截止前推迟', 'the close may only move to a later time, before it has come');
        END IF;
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NEW.state = 'PUBLISHED' THEN
        PERFORM tender_clocks_check(NEW);
    ELSIF NEW.state = 'OPENING' AND (NEW.opened_at IS NULL OR NEW.opened_at < NEW.opens_at) THEN
        PERFORM sanshe_refuse('TENDER_NOT_DUE', '未到开标时间', 'the opening is not due yet');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tenders_guard BEFORE INSERT OR UPDATE ON tenders
    FOR EACH ROW EXECUTE FUNCTION tenders_guard();

REVOKE INSERT, UPDATE, DELETE ON tender_transitions FROM sanshe_app;
REVOKE DELETE ON tenders FROM sanshe_app;
REVOKE UPDATE, DELETE ON tender_criteria, tender_milestones, tender_notices FROM sanshe_app;
