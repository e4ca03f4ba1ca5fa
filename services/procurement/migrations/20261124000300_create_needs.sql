-- 采购需求 (A73). What is bought: service units, never people (买事不买人).
CREATE TABLE procurement_needs (
    id            uuid PRIMARY KEY,
    trace_id      uuid NOT NULL CONSTRAINT need_of_trace_exists UNIQUE,
    proposal_id   uuid CONSTRAINT need_of_proposal_exists UNIQUE,
    community_id  uuid NOT NULL,
    division_code text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    title         text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    elder_care    boolean NOT NULL,
    state         text NOT NULL,
    version       integer NOT NULL DEFAULT 1,
    raised_by     text NOT NULL,
    raised_at     timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE INDEX procurement_needs_by_division ON procurement_needs (division_code text_pattern_ops, id);

CREATE TABLE procurement_need_lines (
    need_id          uuid NOT NULL REFERENCES procurement_needs (id),
    seq              integer NOT NULL CHECK (seq >= 0),
    description      text NOT NULL CHECK (length(description) BETWEEN 1 AND 500),
    -- 财政部令第102号 第十条: what else is named there cannot be bought as a service.
    kind             text NOT NULL CONSTRAINT line_not_a_service_unit CHECK (kind = 'SERVICE_UNIT'),
    unit             text NOT NULL CHECK (length(unit) BETWEEN 1 AND 20),
    quantity         bigint NOT NULL CHECK (quantity BETWEEN 1 AND 100000000),
    unit_ceiling_fen bigint NOT NULL CHECK (unit_ceiling_fen > 0),
    PRIMARY KEY (need_id, seq)
);

-- Residents are asked what they need (实施条例 第十五条); an adopted ballot counts.
CREATE TABLE need_consultations (
    need_id      uuid PRIMARY KEY REFERENCES procurement_needs (id),
    method       text NOT NULL CHECK (method IN ('BALLOT', 'MEETING', 'SURVEY', 'PUBLIC_COMMENT')),
    proposal_id  uuid,
    participants integer CHECK (participants > 0),
    summary      text CHECK (length(summary) BETWEEN 1 AND 2000),
    recorded_at  timestamptz NOT NULL,
    CHECK (method <> 'BALLOT' OR proposal_id IS NOT NULL),
    CHECK (method = 'BALLOT' OR (participants IS NOT NULL AND summary IS NOT NULL))
);

-- Words by which a line that buys people gives itself away. Data, so that a new
-- wording needs no release.
CREATE TABLE need_line_words (
    word      text NOT NULL CHECK (word <> ''),
    -- UNIT: the unit is this word. TEXT: the description contains it.
    place     text NOT NULL CHECK (place IN ('UNIT', 'TEXT')),
    reason    text NOT NULL CHECK (reason IN ('LINE_BUYS_HEADCOUNT', 'LINE_BUYS_LABOUR_DISPATCH', 'LINE_BUYS_POST')),
    effective daterange NOT NULL CHECK (NOT isempty(effective)),
    source    text NOT NULL CHECK (source <> ''),
    CONSTRAINT need_line_word_overlap
        EXCLUDE USING gist (word WITH =, place WITH =, effective WITH &&)
);
INSERT INTO need_line_words (word, place, reason, effective, source)
SELECT word, place, reason, '[2020-03-01,)', '财政部令第102号 第十条;黑财综〔2020〕13号'
FROM (VALUES
    ('人', 'UNIT', 'LINE_BUYS_HEADCOUNT'), ('名', 'UNIT', 'LINE_BUYS_HEADCOUNT'),
    ('人月', 'UNIT', 'LINE_BUYS_HEADCOUNT'), ('人/月', 'UNIT', 'LINE_BUYS_HEADCOUNT'),
    ('人年', 'UNIT', 'LINE_BUYS_HEADCOUNT'), ('人/年', 'UNIT', 'LINE_BUYS_HEADCOUNT'),
    ('人·月', 'UNIT', 'LINE_BUYS_HEADCOUNT'), ('岗', 'UNIT', 'LINE_BUYS_POST'),
    ('岗位', 'UNIT', 'LINE_BUYS_POST'), ('编制', 'UNIT', 'LINE_BUYS_POST'),
    ('劳务派遣', 'TEXT', 'LINE_BUYS_LABOUR_DISPATCH'), ('派遣', 'TEXT', 'LINE_BUYS_LABOUR_DISPATCH'),
    ('聘用', 'TEXT', 'LINE_BUYS_HEADCOUNT'), ('用工', 'TEXT', 'LINE_BUYS_HEADCOUNT'),
    ('招聘', 'TEXT', 'LINE_BUYS_HEADCOUNT'), ('雇用', 'TEXT', 'LINE_BUYS_HEADCOUNT'),
    ('设置岗位', 'TEXT', 'LINE_BUYS_POST')) AS words (word, place, reason);
REVOKE INSERT, UPDATE, DELETE ON need_line_words FROM sanshe_app;

-- The budget of a need, held on a fund.
CREATE TABLE reservations (
    need_id     uuid PRIMARY KEY REFERENCES procurement_needs (id),
    fund_id     uuid NOT NULL REFERENCES funds (id),
    amount_fen  bigint NOT NULL CHECK (amount_fen > 0),
    entry_id    uuid NOT NULL REFERENCES fund_entries (id),
    reserved_at timestamptz NOT NULL
);

CREATE TABLE procurement_need_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO procurement_need_transitions VALUES
    ('RAISED', 'RESERVED'), ('RESERVED', 'TENDERING'), ('TENDERING', 'RESERVED'),
    ('TENDERING', 'CONTRACTED'), ('CONTRACTED', 'FULFILLED');

CREATE FUNCTION procurement_needs_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'RAISED' THEN
            PERFORM sanshe_refuse('PROCUREMENT_NEED_STATE', '采购需求只能从“已提出”开始', 'a procurement need begins as RAISED');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.trace_id, NEW.proposal_id, NEW.community_id, NEW.division_code, NEW.raised_at)
       IS DISTINCT FROM (OLD.trace_id, OLD.proposal_id, OLD.community_id, OLD.division_code, OLD.raised_at) THEN
        PERFORM sanshe_refuse('PROCUREMENT_NEED_ORIGIN', '采购需求的来源不可更改', 'the origin of a procurement need never changes');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM procurement_need_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('PROCUREMENT_NEED_STATE',
            format('采购需求不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a procurement need cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'RESERVED' AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.need_id = NEW.id) THEN
        PERFORM sanshe_refuse('BUDGET_NOT_RESERVED', '尚未落实预算', 'no budget is reserved');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER procurement_needs_guard BEFORE INSERT OR UPDATE ON procurement_needs
    FOR EACH ROW EXECUTE FUNCTION procurement_needs_guard();

-- A need has lines and a consultation by the end of its transaction.
CREATE FUNCTION procurement_needs_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM procurement_need_lines l WHERE l.need_id = NEW.id) THEN
        PERFORM sanshe_refuse('NEED_LINES_MISSING', '采购需求至少有一项内容', 'a procurement need has at least one line');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM need_consultations c WHERE c.need_id = NEW.id) THEN
        PERFORM sanshe_refuse('CONSULTATION_MISSING', '采购需求须先征求居民意见', 'residents are consulted on the need first');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER procurement_needs_whole AFTER INSERT ON procurement_needs
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION procurement_needs_whole();

REVOKE INSERT, UPDATE, DELETE ON procurement_need_transitions FROM sanshe_app;
REVOKE DELETE ON procurement_needs FROM sanshe_app;
REVOKE UPDATE, DELETE ON procurement_need_lines, need_consultations, reservations FROM sanshe_app;
