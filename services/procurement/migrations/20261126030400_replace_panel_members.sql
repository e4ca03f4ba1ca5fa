-- 评审成员替换: whoever falls out, or turns out to be tied to a bidder, is replaced by
-- the next lot of the same draw. Their sheet counts no more.
CREATE TABLE panel_replacements (
    tender_id     uuid NOT NULL,
    out_expert_id uuid NOT NULL,
    in_expert_id  uuid NOT NULL,
    reason        text NOT NULL CHECK (reason IN ('UNAVAILABLE', 'CONFLICTED')),
    statement     text NOT NULL CHECK (length(statement) BETWEEN 1 AND 500),
    replaced_by   text NOT NULL,
    replaced_at   timestamptz NOT NULL,
    CONSTRAINT panel_member_already_replaced PRIMARY KEY (tender_id, out_expert_id),
    UNIQUE (tender_id, in_expert_id),
    CHECK (out_expert_id <> in_expert_id),
    FOREIGN KEY (tender_id, out_expert_id) REFERENCES panel_members (tender_id, expert_id),
    FOREIGN KEY (tender_id, in_expert_id) REFERENCES panel_members (tender_id, expert_id)
);

CREATE FUNCTION prc_replaced(the_tender uuid, the_expert uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM panel_replacements r WHERE r.tender_id = the_tender AND r.out_expert_id = the_expert)
$$;

-- The lot of an expert, as the program draws it and anybody can repeat.
CREATE FUNCTION prc_lot(the_tender uuid, the_expert uuid) RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to('sanshe.panel.draw.v1', 'UTF8') || sha256(convert_to(p.seed, 'UTF8')) || uuid_send(the_tender)
        || coalesce((SELECT string_agg(b.commitment, ''::bytea ORDER BY b.commitment) FROM bids b
                     WHERE b.tender_id = the_tender AND b.state <> 'WITHDRAWN'), ''::bytea)
        || uuid_send(the_expert))
    FROM panels p WHERE p.tender_id = the_tender
$$;

CREATE FUNCTION panel_replacements_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    gone panel_members;
    come panel_members;
    day date := prc_day(NEW.replaced_at);
BEGIN
    IF (SELECT t.state FROM tenders t WHERE t.id = NEW.tender_id) NOT IN ('PUBLISHED', 'OPENING', 'OPENED', 'EVALUATING') THEN
        PERFORM sanshe_refuse('TENDER_STATE', '排名前才能替换评审成员', 'a member is replaced before the ranking');
    END IF;
    SELECT * INTO gone FROM panel_members m WHERE m.tender_id = NEW.tender_id AND m.expert_id = NEW.out_expert_id;
    SELECT * INTO come FROM panel_members m WHERE m.tender_id = NEW.tender_id AND m.expert_id = NEW.in_expert_id;
    IF gone.role <> come.role OR come.draw_order < gone.draw_order THEN
        PERFORM sanshe_refuse('REPLACEMENT_ROLE', '替换者须为同一身份的新成员', 'a substitute is a new member of the same role');
    END IF;
    IF NEW.reason = 'CONFLICTED' AND NOT prc_conflicted(NEW.tender_id, NEW.out_expert_id, day) THEN
        PERFORM sanshe_refuse('REPLACEMENT_CONFLICT_UNKNOWN', '该成员没有已登记的利害关系', 'no conflict of this member is declared');
    END IF;
    IF prc_conflicted(NEW.tender_id, NEW.in_expert_id, day) THEN
        PERFORM sanshe_refuse('PANEL_MEMBER_CONFLICTED',
            '评审成员与投标人存在利害关系,应当回避', 'a panel member has a conflict of interest with a bidder');
    END IF;
    -- 依抽取顺序递补: nobody of the list with a lower lot was passed over.
    IF come.role = 'EXPERT' AND EXISTS (
        SELECT 1 FROM expert_pool_members m
        WHERE m.tender_id = NEW.tender_id
          AND NOT EXISTS (SELECT 1 FROM panel_members s WHERE s.tender_id = m.tender_id AND s.expert_id = m.expert_id)
          AND NOT EXISTS (SELECT 1 FROM panel_recusals s WHERE s.tender_id = m.tender_id AND s.expert_id = m.expert_id)
          AND NOT prc_conflicted(m.tender_id, m.expert_id, day)
          AND prc_lot(m.tender_id, m.expert_id) < prc_lot(NEW.tender_id, NEW.in_expert_id)) THEN
        PERFORM sanshe_refuse('REPLACEMENT_OUT_OF_ORDER', '须按抽取顺序递补', 'the next lot of the draw takes the seat');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER panel_replacements_guard BEFORE INSERT ON panel_replacements
    FOR EACH ROW EXECUTE FUNCTION panel_replacements_guard();
CREATE TRIGGER panel_replacements_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON panel_replacements
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER panel_replacements_live AFTER INSERT ON panel_replacements
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('tender', 'tender_id');

-- As before, without those who were replaced.
CREATE OR REPLACE FUNCTION panels_composed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    t tenders;
    p panels;
    size bigint;
    experts_n bigint;
    least_n bigint;
BEGIN
    SELECT * INTO t FROM tenders WHERE id = NEW.tender_id;
    SELECT * INTO p FROM panels WHERE tender_id = NEW.tender_id;
    SELECT count(*), count(*) FILTER (WHERE m.role = 'EXPERT') INTO size, experts_n
    FROM panel_members m WHERE m.tender_id = NEW.tender_id AND NOT prc_replaced(m.tender_id, m.expert_id);
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

CREATE OR REPLACE FUNCTION tenders_sheets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'EVALUATING' AND NOT EXISTS (SELECT 1 FROM panels p WHERE p.tender_id = NEW.id) THEN
        PERFORM sanshe_refuse('PANEL_MISSING', '尚未组成评审小组', 'no panel is formed yet');
    END IF;
    IF NEW.state = 'RANKED' AND EXISTS (
        SELECT 1 FROM panel_members m
        LEFT JOIN score_sheets s ON s.tender_id = m.tender_id AND s.expert_id = m.expert_id
        WHERE m.tender_id = NEW.id AND s.locked_at IS NULL AND NOT prc_replaced(m.tender_id, m.expert_id)) THEN
        PERFORM sanshe_refuse('SHEETS_NOT_LOCKED', '仍有评委未锁定打分表', 'some score sheets are not locked');
    END IF;
    IF NEW.state IN ('RANKED', 'AWARDED') AND EXISTS (
        SELECT 1 FROM panel_members m
        WHERE m.tender_id = NEW.id AND NOT prc_replaced(m.tender_id, m.expert_id)
          AND prc_conflicted(NEW.id, m.expert_id, prc_day(NEW.updated_at))) THEN
        PERFORM sanshe_refuse('PANEL_MEMBER_CONFLICTED',
            '评审成员与投标人存在利害关系,应当回避', 'a panel member has a conflict of interest with a bidder');
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION score_sheets_of_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF prc_replaced(NEW.tender_id, NEW.expert_id) THEN
        PERFORM sanshe_refuse('PANEL_MEMBER_REPLACED', '该成员已被替换,不再评审', 'this member was replaced and judges no more');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER score_sheets_guard_replaced BEFORE INSERT OR UPDATE ON score_sheets
    FOR EACH ROW EXECUTE FUNCTION score_sheets_of_members();

CREATE OR REPLACE VIEW tender_ranking AS
WITH quality AS (
    SELECT s.tender_id, s.bid_id,
           sum(div(2 * 1000000::numeric * c.weight * s.given + s.members * c.max_score * 100,
                   2 * s.members * c.max_score * 100)) AS points
    FROM (SELECT x.tender_id, x.bid_id, x.criterion_id, sum(x.score_h)::numeric AS given, count(*)::numeric AS members
          FROM scores x JOIN score_sheets h USING (tender_id, expert_id)
          WHERE h.locked_at IS NOT NULL AND NOT EXISTS (
              SELECT 1 FROM panel_replacements r WHERE r.tender_id = h.tender_id AND r.out_expert_id = h.expert_id)
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

REVOKE UPDATE, DELETE ON panel_replacements FROM sanshe_app;
