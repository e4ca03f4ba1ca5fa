-- 中标 (award): the first of the ranking, and no other.
CREATE TABLE awards (
    id                uuid PRIMARY KEY,
    tender_id         uuid NOT NULL CONSTRAINT award_exists UNIQUE REFERENCES tenders (id),
    bid_id            uuid NOT NULL,
    organization_id   uuid NOT NULL,
    amount_fen        bigint NOT NULL,
    decided_at        timestamptz NOT NULL,
    -- Whether the decision fell within its working days.
    in_time           boolean NOT NULL,
    notice_by         timestamptz NOT NULL,
    published_at      timestamptz,
    publicity_ends_at timestamptz CHECK (publicity_ends_at > published_at),
    sign_by           timestamptz CHECK (sign_by > publicity_ends_at),
    FOREIGN KEY (bid_id, tender_id) REFERENCES bids (id, tender_id),
    CHECK ((published_at IS NULL) = (publicity_ends_at IS NULL) AND (published_at IS NULL) = (sign_by IS NULL))
);

CREATE FUNCTION awards_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    t tenders;
    b bids;
BEGIN
    SELECT * INTO t FROM tenders WHERE id = NEW.tender_id;
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.tender_id, NEW.bid_id, NEW.organization_id, NEW.amount_fen, NEW.decided_at)
           IS DISTINCT FROM (OLD.tender_id, OLD.bid_id, OLD.organization_id, OLD.amount_fen, OLD.decided_at)
           OR OLD.published_at IS NOT NULL THEN
            PERFORM sanshe_refuse('AWARD_IMMUTABLE', '中标结果不可更改', 'an award never changes');
        END IF;
        RETURN NEW;
    END IF;
    IF t.state <> 'RANKED' THEN
        PERFORM sanshe_refuse('TENDER_NOT_RANKED', '尚未完成排名,不能定标', 'no award before the ranking');
    END IF;
    SELECT * INTO b FROM bids WHERE id = NEW.bid_id;
    IF (SELECT r.rank FROM tender_ranking r WHERE r.tender_id = NEW.tender_id AND r.bid_id = NEW.bid_id) IS DISTINCT FROM 1 THEN
        PERFORM sanshe_refuse('AWARD_NOT_IN_RANK_ORDER', '须按排名顺序定标', 'the award goes by rank');
    END IF;
    IF NEW.amount_fen <> b.price_fen OR NEW.organization_id <> b.organization_id THEN
        PERFORM sanshe_refuse('AWARD_DIFFERS_FROM_BID', '中标内容与投标不一致', 'the award differs from the bid');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER awards_guard BEFORE INSERT OR UPDATE ON awards
    FOR EACH ROW EXECUTE FUNCTION awards_guard();

CREATE FUNCTION tenders_awards() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'AWARDED' AND NOT EXISTS (SELECT 1 FROM awards a WHERE a.tender_id = NEW.id) THEN
        PERFORM sanshe_refuse('AWARD_MISSING', '没有中标结果', 'there is no award');
    END IF;
    IF NEW.state = 'RESULT_PUBLISHED' AND NOT EXISTS (
        SELECT 1 FROM awards a WHERE a.tender_id = NEW.id AND a.published_at IS NOT NULL) THEN
        PERFORM sanshe_refuse('AWARD_NOT_PUBLISHED', '中标结果尚未公告', 'the award is not published');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tenders_guard_awards BEFORE UPDATE ON tenders
    FOR EACH ROW WHEN (NEW.state <> OLD.state) EXECUTE FUNCTION tenders_awards();

REVOKE DELETE ON awards FROM sanshe_app;
