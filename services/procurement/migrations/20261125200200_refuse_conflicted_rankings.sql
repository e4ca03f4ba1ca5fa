-- A conflict that comes out after a sheet is locked: neither a ranking nor an
-- award rests on that sheet. The tender is abandoned and its need tendered again.
CREATE OR REPLACE FUNCTION tenders_sheets() RETURNS trigger LANGUAGE plpgsql AS $$
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
    IF NEW.state IN ('RANKED', 'AWARDED') AND EXISTS (
        SELECT 1 FROM panel_members m
        WHERE m.tender_id = NEW.id AND prc_conflicted(NEW.id, m.expert_id, prc_day(NEW.updated_at))) THEN
        PERFORM sanshe_refuse('PANEL_MEMBER_CONFLICTED',
            '评审成员与投标人存在利害关系,应当回避', 'a panel member has a conflict of interest with a bidder');
    END IF;
    RETURN NEW;
END
$$;
