-- 打分表. One sheet per member, complete, unchangeable once locked; the ranking
-- is a view of the locked sheets, so that anybody can compute it again.
CREATE TABLE score_sheets (
    tender_id    uuid NOT NULL,
    expert_id    uuid NOT NULL,
    submitted_at timestamptz NOT NULL,
    locked_at    timestamptz,
    PRIMARY KEY (tender_id, expert_id),
    CONSTRAINT not_panel_member FOREIGN KEY (tender_id, expert_id) REFERENCES panel_members (tender_id, expert_id)
);

CREATE TABLE scores (
    tender_id    uuid NOT NULL,
    expert_id    uuid NOT NULL,
    bid_id       uuid NOT NULL,
    criterion_id uuid NOT NULL,
    -- Hundredths of a point.
    score_h      integer NOT NULL,
    PRIMARY KEY (tender_id, expert_id, bid_id, criterion_id),
    FOREIGN KEY (tender_id, expert_id) REFERENCES score_sheets (tender_id, expert_id),
    FOREIGN KEY (bid_id, tender_id) REFERENCES bids (id, tender_id),
    FOREIGN KEY (criterion_id, tender_id) REFERENCES tender_criteria (id, tender_id)
);

CREATE FUNCTION scores_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    c tender_criteria;
    the_row scores := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF (SELECT s.locked_at IS NOT NULL FROM score_sheets s
        WHERE s.tender_id = the_row.tender_id AND s.expert_id = the_row.expert_id) THEN
        PERFORM sanshe_refuse('SHEET_LOCKED', '打分表已锁定,不能更改', 'a locked score sheet never changes');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    SELECT * INTO c FROM tender_criteria WHERE id = NEW.criterion_id;
    IF c.kind = 'PRICE' THEN
        PERFORM sanshe_refuse('SCORE_OF_PRICE', '价格分由系统计算,不由评委打分', 'the price score is computed, not given');
    END IF;
    IF NEW.score_h NOT BETWEEN 0 AND c.max_score * 100 THEN
        PERFORM sanshe_refuse('SCORE_OUT_OF_RANGE',
            format('“%s”的分值须在 0 至 %s 之间', c.name, c.max_score),
            format('a score of "%s" lies between 0 and %s', c.name, c.max_score));
    END IF;
    IF (SELECT b.state FROM bids b WHERE b.id = NEW.bid_id) <> 'QUALIFIED' THEN
        PERFORM sanshe_refuse('BID_NOT_QUALIFIED', '只能给资格合格的投标打分', 'only qualified bids are scored');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER scores_guard BEFORE INSERT OR UPDATE OR DELETE ON scores
    FOR EACH ROW EXECUTE FUNCTION scores_guard();

CREATE FUNCTION score_sheets_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    due bigint;
    given bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.locked_at IS NOT NULL THEN
        PERFORM sanshe_refuse('SHEET_LOCKED', '打分表已锁定,不能更改', 'a locked score sheet never changes');
    END IF;
    IF (SELECT t.state FROM tenders t WHERE t.id = NEW.tender_id) <> 'EVALUATING' THEN
        PERFORM sanshe_refuse('TENDER_STATE', '项目不在评审中', 'the tender is not under evaluation');
    END IF;
    IF NEW.locked_at IS NOT NULL THEN
        SELECT count(*) INTO due
        FROM bids b JOIN tender_criteria c ON c.tender_id = b.tender_id AND c.kind <> 'PRICE'
        WHERE b.tender_id = NEW.tender_id AND b.state = 'QUALIFIED';
        SELECT count(*) INTO given FROM scores s
        WHERE s.tender_id = NEW.tender_id AND s.expert_id = NEW.expert_id;
        IF given <> due THEN
            PERFORM sanshe_refuse('SCORES_INCOMPLETE', '打分表不完整,不能锁定', 'an incomplete score sheet cannot be locked');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER score_sheets_guard BEFORE INSERT OR UPDATE ON score_sheets
    FOR EACH ROW EXECUTE FUNCTION score_sheets_guard();

-- Points in millionths, whole numbers with halves rounded up: the program does
-- the same arithmetic and must come to the same order. No score is dropped; the
-- price score is (lowest price / price) x weight (财政部令第87号 第五十五条);
-- equal points rank by the lower price, then by the points without price.
CREATE VIEW tender_ranking AS
WITH quality AS (
    SELECT s.tender_id, s.bid_id,
           sum(div(2 * 1000000::numeric * c.weight * s.given + s.members * c.max_score * 100,
                   2 * s.members * c.max_score * 100)) AS points
    FROM (SELECT x.tender_id, x.bid_id, x.criterion_id, sum(x.score_h)::numeric AS given, count(*)::numeric AS members
          FROM scores x JOIN score_sheets h USING (tender_id, expert_id)
          WHERE h.locked_at IS NOT NULL
          GROUP BY x.tender_id, x.bid_id, x.criterion_id) s
    JOIN tender_criteria c ON c.id = s.criterion_id
    GROUP BY s.tender_id, s.bid_id
), priced AS (
    SELECT b.tender_id, b.id AS bid_id, b.price_fen, coalesce(q.points, 0) AS quality,
           div(2 * 1000000::numeric * t.price_weight * min(b.price_fen) OVER (PARTITION BY b.tender_id) + b.price_fen,
               2 * b.price_fen::numeric) AS price
    FROM bids b JOIN tenders t ON t.id = b.tender_id
    LEFT JOIN quality q ON q.bid_id = b.id
    WHERE b.state = 'QUALIFIED'
)
SELECT tender_id, bid_id, price_fen, quality::bigint AS quality_micro, price::bigint AS price_micro,
       (quality + price)::bigint AS total_micro,
       row_number() OVER (PARTITION BY tender_id
           ORDER BY quality + price DESC, price_fen, quality DESC, bid_id) AS rank
FROM priced;

-- Ranked only when every member has locked.
CREATE FUNCTION tenders_sheets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'EVALUATING' AND NOT EXISTS (SELECT 1 FROM panels p WHERE p.tender_id = NEW.id) THEN
        PERFORM sanshe_refuse('PANEL_MISSING', '尚未组成评审小组', 'no panel is formed yet');
    END IF;
    IF NEW.state = 'RANKED' AND EXISTS (
        SELECT 1 FROM panel_members m
        LEFT JOIN score_sheets s ON s.tender_id = m.tender_id AND s.expert_id = m.expert_id
        WHERE m.tender_id = NEW.id AND s.locked_at IS NULL) THEN
        PERFORM sanshe_refuse('SHEETS_NOT_LOCKED', '仍有评委未锁定打分表', 'some score sheets are not locked');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tenders_guard_sheets BEFORE UPDATE ON tenders
    FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION tenders_sheets();

REVOKE DELETE ON score_sheets FROM sanshe_app;
