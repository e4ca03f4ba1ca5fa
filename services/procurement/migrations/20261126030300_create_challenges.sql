-- 质疑与投诉 (政府采购法 第五十二条至第五十八条). The clocks of the law are counted
-- here as well; an open challenge holds the signing up, an upheld one ends it.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('prc.challenge.raise_working_days', 7, '工作日', '[2003-01-01,)', '中华人民共和国政府采购法 第五十二条'),
    ('prc.challenge.answer_working_days', 7, '工作日', '[2003-01-01,)', '中华人民共和国政府采购法 第五十三条'),
    ('prc.complaint.file_working_days', 15, '工作日', '[2003-01-01,)', '中华人民共和国政府采购法 第五十五条'),
    ('prc.complaint.decide_working_days', 30, '工作日', '[2003-01-01,)', '中华人民共和国政府采购法 第五十六条'),
    ('prc.complaint.suspend_days_max', 30, '日', '[2003-01-01,)', '中华人民共和国政府采购法 第五十七条'),
    ('prc.challenge.suspends_signing', 1, '1 是 0 否', '[2003-01-01,)', '示范默认值,待市级文件核定(质疑答复前暂缓签订合同)');

CREATE TABLE challenges (
    id              uuid PRIMARY KEY,
    tender_id       uuid NOT NULL REFERENCES tenders (id),
    division_code   text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    organization_id uuid NOT NULL,
    subject         text NOT NULL CHECK (subject IN ('DOCUMENTS', 'PROCESS', 'RESULT')),
    facts           text NOT NULL CHECK (length(facts) BETWEEN 1 AND 4000),
    request         text NOT NULL CHECK (length(request) BETWEEN 1 AND 1000),
    raised_by       text NOT NULL,
    raised_at       timestamptz NOT NULL,
    -- When they knew or should have known.
    known_at        timestamptz NOT NULL,
    answer_by       timestamptz NOT NULL CHECK (answer_by > raised_at),
    state           text NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    affects_result  boolean,
    answer          text CHECK (length(answer) BETWEEN 1 AND 4000),
    answered_by     text,
    -- Whether the buyer answered within its working days.
    in_time         boolean,
    ended_at        timestamptz,
    updated_at      timestamptz NOT NULL,
    CONSTRAINT challenge_answer_missing CHECK (state NOT IN ('UPHELD', 'DISMISSED')
        OR (answer IS NOT NULL AND answered_by IS NOT NULL AND affects_result IS NOT NULL AND in_time IS NOT NULL)),
    CONSTRAINT challenge_end CHECK ((state = 'RAISED') = (ended_at IS NULL)),
    CONSTRAINT challenge_dismissed_affects CHECK (state <> 'DISMISSED' OR affects_result IS FALSE)
);
-- 针对同一采购程序环节的质疑一次性提出: one per supplier and step.
CREATE UNIQUE INDEX challenge_exists ON challenges (tender_id, organization_id, subject) WHERE state <> 'WITHDRAWN';
CREATE INDEX challenges_by_division ON challenges (division_code text_pattern_ops, id);

CREATE TABLE challenge_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO challenge_transitions VALUES
    ('RAISED', 'UPHELD'), ('RAISED', 'DISMISSED'), ('RAISED', 'WITHDRAWN');

-- When a supplier knew, or should have: the end of the offer of the documents, the
-- end of the latest step, the end of the publicity.
CREATE FUNCTION prc_known_at(the_tender uuid, the_subject text) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT CASE the_subject
        WHEN 'DOCUMENTS' THEN t.documents_until
        WHEN 'PROCESS' THEN greatest(t.opened_at, t.ranked_at)
        ELSE (SELECT a.publicity_ends_at FROM awards a WHERE a.tender_id = t.id) END
    FROM tenders t WHERE t.id = the_tender
$$;

CREATE FUNCTION challenges_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE days bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'RAISED' THEN
            PERFORM sanshe_refuse('CHALLENGE_STATE', '质疑只能从提出开始', 'a challenge begins as RAISED');
        END IF;
        IF NEW.known_at IS DISTINCT FROM prc_known_at(NEW.tender_id, NEW.subject) THEN
            PERFORM sanshe_refuse('CHALLENGE_NOT_DUE', '该环节尚未结束', 'this step has not ended yet');
        END IF;
        days := prc_parameter('prc.challenge.raise_working_days', NEW.division_code, prc_day(NEW.raised_at));
        IF prc_working_days(prc_day(NEW.known_at), prc_day(NEW.raised_at)) > days THEN
            PERFORM sanshe_refuse('CHALLENGE_TOO_LATE',
                format('质疑须在知道或应当知道之日起 %s 个工作日内提出', days),
                format('a challenge is raised within %s working days', days));
        END IF;
        IF NEW.subject <> 'DOCUMENTS' AND NOT EXISTS (
            SELECT 1 FROM bids b WHERE b.tender_id = NEW.tender_id AND b.organization_id = NEW.organization_id
              AND b.state <> 'WITHDRAWN') THEN
            PERFORM sanshe_refuse('CHALLENGER_DID_NOT_BID',
                '只有参加投标的供应商可以对过程和结果提出质疑', 'process and result are challenged by those who bid');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.tender_id, NEW.division_code, NEW.organization_id, NEW.subject, NEW.facts, NEW.request, NEW.raised_by, NEW.raised_at, NEW.known_at, NEW.answer_by)
       IS DISTINCT FROM (OLD.tender_id, OLD.division_code, OLD.organization_id, OLD.subject, OLD.facts, OLD.request, OLD.raised_by, OLD.raised_at, OLD.known_at, OLD.answer_by)
       OR OLD.state <> 'RAISED' THEN
        PERFORM sanshe_refuse('CHALLENGE_FIXED', '质疑和答复不可更改', 'a challenge and its answer never change');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM challenge_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('CHALLENGE_STATE',
            format('质疑不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a challenge cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER challenges_guard BEFORE INSERT OR UPDATE ON challenges
    FOR EACH ROW EXECUTE FUNCTION challenges_guard();
CREATE TRIGGER challenges_live AFTER INSERT OR UPDATE ON challenges
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('tender', 'tender_id');

CREATE TABLE complaints (
    id                uuid PRIMARY KEY,
    challenge_id      uuid NOT NULL REFERENCES challenges (id),
    tender_id         uuid NOT NULL REFERENCES tenders (id),
    ground            text NOT NULL CHECK (length(ground) BETWEEN 1 AND 4000),
    filed_by          text NOT NULL,
    filed_at          timestamptz NOT NULL,
    decide_by         timestamptz NOT NULL CHECK (decide_by > filed_at),
    state             text NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    -- 暂停采购活动: ordered once, by the authority.
    suspended_at      timestamptz,
    suspended_until   timestamptz CHECK (suspended_until > suspended_at),
    suspension_reason text CHECK (length(suspension_reason) BETWEEN 1 AND 1000),
    suspended_by      text,
    affects_result    boolean,
    decision          text CHECK (length(decision) BETWEEN 1 AND 4000),
    decided_by        text,
    in_time           boolean,
    ended_at          timestamptz,
    updated_at        timestamptz NOT NULL,
    CONSTRAINT complaint_suspension CHECK ((suspended_at IS NULL) = (suspended_until IS NULL)
        AND (suspended_at IS NULL) = (suspension_reason IS NULL) AND (suspended_at IS NULL) = (suspended_by IS NULL)),
    CONSTRAINT complaint_decision_missing CHECK (state NOT IN ('UPHELD', 'DISMISSED')
        OR (decision IS NOT NULL AND decided_by IS NOT NULL AND affects_result IS NOT NULL AND in_time IS NOT NULL)),
    CONSTRAINT complaint_end CHECK ((state = 'FILED') = (ended_at IS NULL)),
    CONSTRAINT complaint_dismissed_affects CHECK (state <> 'DISMISSED' OR affects_result IS FALSE)
);
CREATE UNIQUE INDEX complaint_exists ON complaints (challenge_id) WHERE state <> 'WITHDRAWN';
CREATE INDEX complaints_by_tender ON complaints (tender_id, id);

CREATE TABLE complaint_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO complaint_transitions VALUES
    ('FILED', 'UPHELD'), ('FILED', 'DISMISSED'), ('FILED', 'WITHDRAWN');

CREATE FUNCTION complaints_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    c challenges;
    days bigint;
BEGIN
    SELECT * INTO c FROM challenges WHERE id = NEW.challenge_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'FILED' OR NEW.suspended_at IS NOT NULL THEN
            PERFORM sanshe_refuse('COMPLAINT_STATE', '投诉只能从提起开始', 'a complaint begins as FILED');
        END IF;
        IF NEW.tender_id <> c.tender_id OR c.state = 'WITHDRAWN' OR (c.state = 'RAISED' AND NEW.filed_at <= c.answer_by) THEN
            PERFORM sanshe_refuse('COMPLAINT_BEFORE_ANSWER',
                '质疑答复或答复期满后才能投诉', 'a complaint follows the answer, or the end of the time for it');
        END IF;
        days := prc_parameter('prc.complaint.file_working_days', c.division_code, prc_day(NEW.filed_at));
        IF prc_working_days(prc_day(coalesce(c.ended_at, c.answer_by)), prc_day(NEW.filed_at)) > days THEN
            PERFORM sanshe_refuse('COMPLAINT_TOO_LATE',
                format('投诉须在答复期满后 %s 个工作日内提起', days),
                format('a complaint is filed within %s working days', days));
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.challenge_id, NEW.tender_id, NEW.ground, NEW.filed_by, NEW.filed_at, NEW.decide_by)
       IS DISTINCT FROM (OLD.challenge_id, OLD.tender_id, OLD.ground, OLD.filed_by, OLD.filed_at, OLD.decide_by)
       OR OLD.state <> 'FILED' THEN
        PERFORM sanshe_refuse('COMPLAINT_FIXED', '投诉和处理决定不可更改', 'a complaint and its decision never change');
    END IF;
    IF OLD.suspended_at IS NOT NULL AND (NEW.suspended_at, NEW.suspended_until) IS DISTINCT FROM (OLD.suspended_at, OLD.suspended_until) THEN
        PERFORM sanshe_refuse('SIGNING_ALREADY_SUSPENDED', '已书面通知暂停,不得延长', 'the suspension was ordered already and is not prolonged');
    END IF;
    days := prc_parameter('prc.complaint.suspend_days_max', c.division_code, prc_day(NEW.updated_at));
    IF NEW.suspended_at IS NOT NULL AND prc_day(NEW.suspended_until) - prc_day(NEW.suspended_at) > days THEN
        PERFORM sanshe_refuse('SUSPENSION_TOO_LONG',
            format('暂停时间最长不得超过 %s 日', days), format('a suspension lasts at most %s days', days));
    END IF;
    -- 处理投诉的不是答复质疑的人.
    IF NEW.decided_by = c.answered_by THEN
        PERFORM sanshe_refuse('COMPLAINT_OF_ANSWERER', '答复质疑的人不得处理投诉', 'whoever answered the challenge does not decide the complaint');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM complaint_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('COMPLAINT_STATE',
            format('投诉不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a complaint cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER complaints_guard BEFORE INSERT OR UPDATE ON complaints
    FOR EACH ROW EXECUTE FUNCTION complaints_guard();
CREATE TRIGGER complaints_live AFTER INSERT OR UPDATE ON complaints
    FOR EACH ROW EXECUTE FUNCTION kit.notify_live('tender', 'tender_id');

-- Whether the result of a tender was found wrong.
CREATE FUNCTION prc_result_undone(the_tender uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM challenges c WHERE c.tender_id = the_tender AND c.state = 'UPHELD' AND c.affects_result)
        OR EXISTS (SELECT 1 FROM complaints c WHERE c.tender_id = the_tender AND c.state = 'UPHELD' AND c.affects_result)
$$;

-- Whether challenge or complaint holds the signing up at an instant.
CREATE FUNCTION prc_signing_suspended(the_tender uuid, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM challenges c WHERE c.tender_id = the_tender AND c.state = 'RAISED'
                     AND prc_parameter('prc.challenge.suspends_signing', c.division_code, prc_day(at)) = 1)
        OR EXISTS (SELECT 1 FROM complaints c WHERE c.tender_id = the_tender AND c.state = 'FILED'
                     AND c.suspended_until > at)
$$;

-- For how long it was held up since the result was published: the time for signing
-- stands still meanwhile.
CREATE FUNCTION prc_suspended(the_tender uuid, at timestamptz) RETURNS interval LANGUAGE sql STABLE AS $$
    WITH told AS (SELECT a.published_at FROM awards a WHERE a.tender_id = the_tender AND a.published_at IS NOT NULL),
    held AS (
        SELECT c.raised_at AS from_at, coalesce(c.ended_at, at) AS to_at
        FROM challenges c WHERE c.tender_id = the_tender
          AND prc_parameter('prc.challenge.suspends_signing', c.division_code, prc_day(c.raised_at)) = 1
        UNION ALL
        SELECT c.suspended_at, least(c.suspended_until, coalesce(c.ended_at, at))
        FROM complaints c WHERE c.tender_id = the_tender AND c.suspended_at IS NOT NULL
    )
    SELECT coalesce(sum(upper(p) - lower(p)), interval '0') FROM unnest((
        SELECT range_agg(tstzrange(greatest(h.from_at, told.published_at), least(h.to_at, at)))
        FROM held h, told WHERE greatest(h.from_at, told.published_at) < least(h.to_at, at))) AS p
$$;

-- As before, and the time for signing stands still while the signing is held up.
CREATE OR REPLACE FUNCTION contracts_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    t tenders;
    a awards;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.trace_id, NEW.tender_id, NEW.award_id, NEW.need_id, NEW.fund_id, NEW.organization_id, NEW.community_id,
            NEW.division_code, NEW.amount_fen, NEW.quantity, NEW.signed_at, NEW.ends_on)
           IS DISTINCT FROM (OLD.trace_id, OLD.tender_id, OLD.award_id, OLD.need_id, OLD.fund_id, OLD.organization_id,
            OLD.community_id, OLD.division_code, OLD.amount_fen, OLD.quantity, OLD.signed_at, OLD.ends_on) THEN
            PERFORM sanshe_refuse('CONTRACT_IMMUTABLE', '合同内容不可更改', 'a contract never changes');
        END IF;
        IF OLD.state = 'COMPLETED' AND NEW.state <> OLD.state THEN
            PERFORM sanshe_refuse('CONTRACT_STATE', '合同已履行完毕', 'the contract is completed');
        END IF;
        IF NEW.state = 'COMPLETED' AND EXISTS (SELECT 1 FROM milestones m WHERE m.contract_id = NEW.id AND m.state <> 'PAID') THEN
            PERFORM sanshe_refuse('CONTRACT_STATE', '仍有节点未支付', 'some milestones are not paid');
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO t FROM tenders WHERE id = NEW.tender_id;
    SELECT * INTO a FROM awards WHERE id = NEW.award_id;
    IF t.state <> 'RESULT_PUBLISHED' THEN
        PERFORM sanshe_refuse('TENDER_STATE', '中标结果公告后才能签订合同', 'a contract is signed after the result is published');
    END IF;
    IF a.tender_id <> NEW.tender_id OR NEW.organization_id <> a.organization_id
       OR NEW.amount_fen <> (SELECT b.price_fen FROM bids b WHERE b.id = a.bid_id) THEN
        PERFORM sanshe_refuse('CONTRACT_DIFFERS_FROM_BID', '合同金额和供应商须与中标投标一致', 'amount and contractor are those of the winning bid');
    END IF;
    IF NEW.signed_at < a.publicity_ends_at THEN
        PERFORM sanshe_refuse('CONTRACT_BEFORE_PUBLICITY', '公示期未满,不能签订合同', 'no contract before the publicity has ended');
    END IF;
    IF prc_result_undone(NEW.tender_id) THEN
        PERFORM sanshe_refuse('CHALLENGE_UPHELD', '质疑或投诉成立且影响结果,不得签订合同', 'a challenge or complaint against the result was upheld: no contract');
    END IF;
    IF prc_signing_suspended(NEW.tender_id, NEW.signed_at) THEN
        PERFORM sanshe_refuse('CONTRACT_SUSPENDED', '质疑或投诉处理期间暂停签订合同', 'the signing is held up by a challenge or complaint');
    END IF;
    IF NEW.signed_at > a.sign_by + prc_suspended(NEW.tender_id, NEW.signed_at) THEN
        PERFORM sanshe_refuse('CONTRACT_TOO_LATE', '已超过签订合同的期限', 'the time for signing has passed');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM reservations r WHERE r.need_id = NEW.need_id AND r.fund_id = NEW.fund_id) THEN
        PERFORM sanshe_refuse('FUND_NOT_RESERVED', '该资金没有为此需求预留预算', 'this fund holds no budget for the need');
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION terminations_unlawful() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT prc_result_undone((SELECT c.tender_id FROM contracts c WHERE c.id = NEW.contract_id)) THEN
        PERFORM sanshe_refuse('AWARD_NOT_FOUND_UNLAWFUL',
            '没有成立且影响结果的质疑或投诉', 'no challenge or complaint was upheld against this award');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER contract_terminations_guard_unlawful BEFORE INSERT ON contract_terminations
    FOR EACH ROW WHEN (NEW.ground = 'UNLAWFUL') EXECUTE FUNCTION terminations_unlawful();

REVOKE INSERT, UPDATE, DELETE ON challenge_transitions, complaint_transitions FROM sanshe_app;
REVOKE DELETE ON challenges, complaints FROM sanshe_app;
