-- 公益创投 (A74, A75, SM-18). Every total is published in the transaction in which
-- the last sheet is locked, and never changes; money leaves in instalments, each
-- after its evaluation; the operator of a first round comes from outside.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('prc.venture.call_days', 15, '日', '[2015-01-01,)', '示范默认值,待市级文件核定(征集期)'),
    ('prc.venture.reviewers_min', 5, '人', '[2015-01-01,)', '示范默认值,待市级文件核定'),
    ('prc.venture.drop_reviewers_min', 5, '人', '[2015-01-01,)', '示范默认值,待市级文件核定(去掉最高分和最低分时的最少评委数)'),
    ('prc.venture.objection_working_days', 5, '工作日', '[2015-01-01,)', '示范默认值,待市级文件核定(公示期)'),
    ('prc.venture.first_round_outside', 1, '1 是 0 否', '[2015-01-01,)', '三社联动试点工作实施方案(首次公益创投由外埠专业机构承办)');

CREATE TABLE venture_rounds (
    id                uuid PRIMARY KEY,
    division_code     text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    fund_id           uuid NOT NULL REFERENCES funds (id),
    title             text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    theme             text NOT NULL CHECK (length(theme) BETWEEN 1 AND 2000),
    budget_fen        bigint NOT NULL CHECK (budget_fen > 0),
    grant_cap_fen     bigint NOT NULL CHECK (grant_cap_fen > 0),
    operator_id       uuid NOT NULL,
    operator_outside  boolean NOT NULL,
    -- Only a venture round may drop the highest and the lowest total of a project.
    drop_extremes     boolean NOT NULL,
    pass_points       integer NOT NULL CHECK (pass_points BETWEEN 0 AND 100),
    tranche_percents  integer[] NOT NULL,
    state             text NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    planned_by        text NOT NULL,
    planned_at        timestamptz NOT NULL,
    called_at         timestamptz,
    closes_at         timestamptz,
    published_at      timestamptz,
    objections_until  timestamptz,
    confirmed_at      timestamptz,
    ended_at          timestamptz,
    cancelled_reason  text CHECK (length(cancelled_reason) BETWEEN 1 AND 500),
    updated_at        timestamptz NOT NULL,
    CONSTRAINT grant_above_budget CHECK (grant_cap_fen <= budget_fen),
    CONSTRAINT tranche_percents_whole CHECK (cardinality(tranche_percents) = 3
        AND 0 < ALL (tranche_percents)
        AND tranche_percents[1] + tranche_percents[2] + tranche_percents[3] = 100),
    CONSTRAINT venture_call_missing CHECK (state IN ('PLANNED', 'CANCELLED') OR (called_at IS NOT NULL AND closes_at > called_at)),
    CONSTRAINT venture_publication_missing CHECK (state NOT IN ('PUBLISHED', 'CONFIRMED', 'CLOSED')
        OR (published_at IS NOT NULL AND objections_until > published_at)),
    CONSTRAINT venture_cancel_unexplained CHECK (state <> 'CANCELLED' OR cancelled_reason IS NOT NULL)
);
CREATE INDEX venture_rounds_by_division ON venture_rounds (division_code text_pattern_ops, id);

CREATE TABLE venture_round_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO venture_round_transitions VALUES
    ('PLANNED', 'CALLING'), ('CALLING', 'REVIEWING'), ('REVIEWING', 'DEFENCE'), ('DEFENCE', 'PUBLISHED'),
    ('PUBLISHED', 'CONFIRMED'), ('CONFIRMED', 'CLOSED'),
    ('PLANNED', 'CANCELLED'), ('CALLING', 'CANCELLED'), ('REVIEWING', 'CANCELLED'), ('DEFENCE', 'CANCELLED');

CREATE TABLE venture_criteria (
    id        uuid PRIMARY KEY,
    round_id  uuid NOT NULL REFERENCES venture_rounds (id),
    seq       integer NOT NULL,
    name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    weight    integer NOT NULL CHECK (weight BETWEEN 1 AND 100),
    max_score integer NOT NULL CHECK (max_score BETWEEN 1 AND 1000),
    UNIQUE (round_id, seq),
    UNIQUE (id, round_id)
);

CREATE FUNCTION venture_criteria_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE the_round uuid := coalesce((to_jsonb(NEW) ->> 'round_id')::uuid, (to_jsonb(NEW) ->> 'id')::uuid);
BEGIN
    IF (SELECT coalesce(sum(c.weight), 0) FROM venture_criteria c WHERE c.round_id = the_round) <> 100 THEN
        PERFORM sanshe_refuse('CRITERIA_WEIGHTS', '评审因素权重合计须为 100', 'the weights of the criteria sum to 100');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER venture_rounds_criteria AFTER INSERT ON venture_rounds
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION venture_criteria_sum();
CREATE CONSTRAINT TRIGGER venture_criteria_sum AFTER INSERT ON venture_criteria
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION venture_criteria_sum();

CREATE TABLE venture_applications (
    id               uuid PRIMARY KEY,
    round_id         uuid NOT NULL REFERENCES venture_rounds (id),
    organization_id  uuid NOT NULL,
    -- Filed organisations are no legal person: a host signs for them.
    legal_person     boolean NOT NULL,
    community_id     uuid NOT NULL,
    -- 每个资助项目都有社区、社会组织和社会工作者.
    social_worker_id uuid NOT NULL,
    title            text NOT NULL CHECK (length(title) BETWEEN 1 AND 200),
    plan             text NOT NULL CHECK (length(plan) BETWEEN 1 AND 8000),
    elder_care       boolean NOT NULL,
    beneficiaries    integer NOT NULL CHECK (beneficiaries > 0),
    requested_fen    bigint NOT NULL CHECK (requested_fen > 0),
    state            text NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    finding          text CHECK (length(finding) BETWEEN 1 AND 2000),
    visited_on       date,
    submitted_by     text NOT NULL,
    submitted_at     timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    UNIQUE (id, round_id),
    CONSTRAINT venture_finding_missing CHECK (state IN ('SUBMITTED', 'ELIGIBLE', 'WITHDRAWN') OR finding IS NOT NULL),
    CONSTRAINT venture_visit_missing CHECK (state IN ('SUBMITTED', 'ELIGIBLE', 'INELIGIBLE', 'WITHDRAWN') OR visited_on IS NOT NULL)
);
CREATE UNIQUE INDEX venture_application_exists ON venture_applications (round_id, organization_id) WHERE state <> 'WITHDRAWN';
CREATE INDEX venture_applications_by_organization ON venture_applications (organization_id, id);
CREATE INDEX venture_applications_by_community ON venture_applications (community_id, submitted_at);

-- Who leads or owns an applicant, as known when it applied.
CREATE TABLE venture_controllers (
    application_id uuid NOT NULL REFERENCES venture_applications (id),
    resident_id    uuid NOT NULL,
    PRIMARY KEY (application_id, resident_id)
);

CREATE TABLE venture_application_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO venture_application_transitions VALUES
    ('SUBMITTED', 'ELIGIBLE'), ('SUBMITTED', 'INELIGIBLE'), ('ELIGIBLE', 'DILIGENT'), ('ELIGIBLE', 'FAILED'),
    ('DILIGENT', 'SELECTED'), ('DILIGENT', 'NOT_SELECTED'), ('DILIGENT', 'DISQUALIFIED'), ('SELECTED', 'AGREED'),
    ('SUBMITTED', 'WITHDRAWN'), ('ELIGIBLE', 'WITHDRAWN'), ('DILIGENT', 'WITHDRAWN'), ('SELECTED', 'WITHDRAWN');

CREATE FUNCTION venture_applications_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r venture_rounds;
BEGIN
    SELECT * INTO r FROM venture_rounds WHERE id = NEW.round_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'SUBMITTED' THEN
            PERFORM sanshe_refuse('VENTURE_APPLICATION_STATE', '申报只能从提交开始', 'an application begins as SUBMITTED');
        END IF;
        IF r.state <> 'CALLING' OR NEW.submitted_at >= r.closes_at THEN
            PERFORM sanshe_refuse('VENTURE_CALL_CLOSED', '征集已截止或尚未开始', 'this round does not take applications now');
        END IF;
        IF NEW.organization_id = r.operator_id THEN
            PERFORM sanshe_refuse('OPERATOR_APPLIES', '承办机构不得申报', 'the operator of a round does not apply to it');
        END IF;
        IF NEW.requested_fen > r.grant_cap_fen THEN
            PERFORM sanshe_refuse('GRANT_ABOVE_CAP', '申请金额超过单个项目上限', 'more is asked for than one project may be given');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.round_id, NEW.organization_id, NEW.legal_person, NEW.community_id, NEW.social_worker_id, NEW.title, NEW.plan,
        NEW.elder_care, NEW.beneficiaries, NEW.requested_fen, NEW.submitted_by, NEW.submitted_at)
       IS DISTINCT FROM (OLD.round_id, OLD.organization_id, OLD.legal_person, OLD.community_id, OLD.social_worker_id, OLD.title, OLD.plan,
        OLD.elder_care, OLD.beneficiaries, OLD.requested_fen, OLD.submitted_by, OLD.submitted_at) THEN
        PERFORM sanshe_refuse('VENTURE_APPLICATION_FIXED', '申报内容不可更改', 'what was applied for never changes');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM venture_application_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('VENTURE_APPLICATION_STATE',
            format('申报不能从 %s 变为 %s', OLD.state, NEW.state),
            format('an application cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'WITHDRAWN' AND OLD.state = 'SELECTED' AND NOT EXISTS (
        SELECT 1 FROM fund_entries e WHERE e.kind = 'RELEASE' AND e.reference = NEW.id AND e.amount_fen = NEW.requested_fen) THEN
        PERFORM sanshe_refuse('BUDGET_NOT_RELEASED', '放弃资助须同时释放其预算', 'a grant is given up together with the release of its budget');
    END IF;
    IF NEW.state = 'WITHDRAWN' AND OLD.state <> NEW.state AND r.state = 'DEFENCE' THEN
        PERFORM sanshe_refuse('VENTURE_ROUND_STATE', '评审期间不能撤回', 'nothing is withdrawn while it is being judged');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_applications_guard BEFORE INSERT OR UPDATE ON venture_applications
    FOR EACH ROW EXECUTE FUNCTION venture_applications_guard();

-- 评委回避: tied to an applicant under review, or to the operator that holds the files.
CREATE FUNCTION prc_venture_conflicted(the_round uuid, the_expert uuid, on_day date) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    r venture_rounds;
    years bigint;
BEGIN
    SELECT * INTO r FROM venture_rounds WHERE id = the_round;
    years := prc_parameter('prc.panel.recusal_years', r.division_code, on_day);
    RETURN EXISTS (
        WITH tied AS (
            SELECT a.organization_id FROM venture_applications a
            WHERE a.round_id = the_round AND a.state NOT IN ('INELIGIBLE', 'FAILED', 'WITHDRAWN')
            UNION SELECT r.operator_id)
        SELECT 1 FROM tied t WHERE EXISTS (
            SELECT 1 FROM expert_relations x WHERE x.expert_id = the_expert AND x.organization_id = t.organization_id
              AND (x.ended_on IS NULL OR x.ended_on + make_interval(years => years::integer) >= on_day))
        OR EXISTS (SELECT 1 FROM experts e WHERE e.id = the_expert AND e.organization_id = t.organization_id))
    OR EXISTS (
        SELECT 1 FROM venture_controllers c JOIN venture_applications a ON a.id = c.application_id
        JOIN experts e ON e.resident_id = c.resident_id
        WHERE a.round_id = the_round AND a.state NOT IN ('INELIGIBLE', 'FAILED', 'WITHDRAWN') AND e.id = the_expert);
END
$$;

CREATE TABLE venture_reviewers (
    round_id  uuid NOT NULL REFERENCES venture_rounds (id),
    expert_id uuid NOT NULL REFERENCES experts (id),
    seated_at timestamptz NOT NULL,
    PRIMARY KEY (round_id, expert_id)
);
CREATE INDEX venture_reviewers_by_expert ON venture_reviewers (expert_id);
CREATE FUNCTION venture_reviewers_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT r.state FROM venture_rounds r WHERE r.id = NEW.round_id) <> 'REVIEWING' THEN
        PERFORM sanshe_refuse('VENTURE_ROUND_STATE', '答辩开始后评委固定', 'the reviewers are fixed when the defence begins');
    END IF;
    IF prc_venture_conflicted(NEW.round_id, NEW.expert_id, prc_day(NEW.seated_at)) THEN
        PERFORM sanshe_refuse('VENTURE_REVIEWER_CONFLICTED',
            '评委与申报或承办机构存在利害关系,应当回避', 'a reviewer is tied to an applicant or to the operator');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_reviewers_guard BEFORE INSERT ON venture_reviewers
    FOR EACH ROW EXECUTE FUNCTION venture_reviewers_guard();
CREATE TRIGGER venture_reviewers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON venture_reviewers
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();

CREATE TABLE venture_sheets (
    round_id     uuid NOT NULL,
    expert_id    uuid NOT NULL,
    submitted_at timestamptz NOT NULL,
    locked_at    timestamptz,
    PRIMARY KEY (round_id, expert_id),
    CONSTRAINT not_venture_reviewer FOREIGN KEY (round_id, expert_id) REFERENCES venture_reviewers (round_id, expert_id)
);
CREATE TABLE venture_scores (
    round_id       uuid NOT NULL,
    expert_id      uuid NOT NULL,
    application_id uuid NOT NULL,
    criterion_id   uuid NOT NULL,
    -- Hundredths of a point.
    score_h        integer NOT NULL,
    PRIMARY KEY (round_id, expert_id, application_id, criterion_id),
    FOREIGN KEY (round_id, expert_id) REFERENCES venture_sheets (round_id, expert_id),
    FOREIGN KEY (application_id, round_id) REFERENCES venture_applications (id, round_id),
    FOREIGN KEY (criterion_id, round_id) REFERENCES venture_criteria (id, round_id)
);

CREATE FUNCTION venture_scores_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    c venture_criteria;
    the_row venture_scores := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    IF (SELECT s.locked_at IS NOT NULL FROM venture_sheets s
        WHERE s.round_id = the_row.round_id AND s.expert_id = the_row.expert_id) THEN
        PERFORM sanshe_refuse('SHEET_LOCKED', '打分表已锁定,不能更改', 'a locked score sheet never changes');
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    SELECT * INTO c FROM venture_criteria WHERE id = NEW.criterion_id;
    IF NEW.score_h NOT BETWEEN 0 AND c.max_score * 100 THEN
        PERFORM sanshe_refuse('SCORE_OUT_OF_RANGE',
            format('“%s”的分值须在 0 至 %s 之间', c.name, c.max_score),
            format('a score of "%s" lies between 0 and %s', c.name, c.max_score));
    END IF;
    IF (SELECT a.state FROM venture_applications a WHERE a.id = NEW.application_id) <> 'DILIGENT' THEN
        PERFORM sanshe_refuse('VENTURE_APPLICATION_STATE', '只能给通过尽职调查的项目打分', 'only projects that passed due diligence are scored');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_scores_guard BEFORE INSERT OR UPDATE OR DELETE ON venture_scores
    FOR EACH ROW EXECUTE FUNCTION venture_scores_guard();

CREATE FUNCTION venture_sheets_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    due bigint;
    given bigint;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.locked_at IS NOT NULL THEN
        PERFORM sanshe_refuse('SHEET_LOCKED', '打分表已锁定,不能更改', 'a locked score sheet never changes');
    END IF;
    IF (SELECT r.state FROM venture_rounds r WHERE r.id = NEW.round_id) <> 'DEFENCE' THEN
        PERFORM sanshe_refuse('VENTURE_ROUND_STATE', '不在答辩打分环节', 'the round is not being judged');
    END IF;
    IF NEW.locked_at IS NOT NULL THEN
        SELECT count(*) INTO due FROM venture_applications a JOIN venture_criteria c ON c.round_id = a.round_id
        WHERE a.round_id = NEW.round_id AND a.state = 'DILIGENT';
        SELECT count(*) INTO given FROM venture_scores s WHERE s.round_id = NEW.round_id AND s.expert_id = NEW.expert_id;
        IF given <> due THEN
            PERFORM sanshe_refuse('SCORES_INCOMPLETE', '打分表不完整,不能锁定', 'an incomplete score sheet cannot be locked');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_sheets_guard BEFORE INSERT OR UPDATE ON venture_sheets
    FOR EACH ROW EXECUTE FUNCTION venture_sheets_guard();

-- Points of one reviewer in millionths, halves up; a project's total is their mean,
-- without one highest and one lowest where the round says so. The program computes
-- the same; equal totals rank by the smaller request, then by the earlier application.
CREATE VIEW venture_ranking AS
WITH given AS (
    SELECT s.round_id, s.application_id, s.expert_id,
           sum(div(2 * 1000000::numeric * c.weight * s.score_h + c.max_score * 100, 2 * c.max_score * 100::numeric)) AS points
    FROM venture_scores s JOIN venture_sheets h USING (round_id, expert_id)
    JOIN venture_criteria c ON c.id = s.criterion_id
    WHERE h.locked_at IS NOT NULL
    GROUP BY s.round_id, s.application_id, s.expert_id
), summed AS (
    SELECT g.round_id, g.application_id,
           sum(g.points) - CASE WHEN r.drop_extremes THEN max(g.points) + min(g.points) ELSE 0 END AS points,
           count(*) - CASE WHEN r.drop_extremes THEN 2 ELSE 0 END AS counted
    FROM given g JOIN venture_rounds r ON r.id = g.round_id
    GROUP BY g.round_id, g.application_id, r.drop_extremes
)
SELECT s.round_id, s.application_id, div(2 * s.points + s.counted, 2 * s.counted)::bigint AS total_micro,
       row_number() OVER (PARTITION BY s.round_id
           ORDER BY div(2 * s.points + s.counted, 2 * s.counted) DESC, a.requested_fen, a.id) AS rank
FROM summed s JOIN venture_applications a ON a.id = s.application_id
WHERE s.counted > 0;

-- 即时公布: what was published stands.
CREATE TABLE venture_results (
    round_id       uuid NOT NULL,
    application_id uuid NOT NULL UNIQUE,
    rank           bigint NOT NULL CHECK (rank > 0),
    total_micro    bigint NOT NULL CHECK (total_micro >= 0),
    published_at   timestamptz NOT NULL,
    PRIMARY KEY (round_id, rank),
    FOREIGN KEY (application_id, round_id) REFERENCES venture_applications (id, round_id)
);
CREATE TRIGGER venture_results_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON venture_results
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE FUNCTION venture_results_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT r.state FROM venture_rounds r WHERE r.id = NEW.round_id) <> 'DEFENCE' OR NOT EXISTS (
        SELECT 1 FROM venture_ranking v WHERE v.round_id = NEW.round_id AND v.application_id = NEW.application_id
          AND v.rank = NEW.rank AND v.total_micro = NEW.total_micro) THEN
        PERFORM sanshe_refuse('VENTURE_RESULT_DIFFERS', '公布结果须与打分表一致', 'what is published is what the sheets say');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_results_guard BEFORE INSERT ON venture_results
    FOR EACH ROW EXECUTE FUNCTION venture_results_guard();

-- The last lock publishes, or it is no lock.
CREATE FUNCTION venture_sheets_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM venture_reviewers v LEFT JOIN venture_sheets s USING (round_id, expert_id)
        WHERE v.round_id = NEW.round_id AND s.locked_at IS NULL)
       AND (SELECT r.state FROM venture_rounds r WHERE r.id = NEW.round_id) = 'DEFENCE' THEN
        PERFORM sanshe_refuse('VENTURE_NOT_PUBLISHED',
            '最后一份打分表锁定时须即时公布结果', 'with the last sheet locked the totals are published at once');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER venture_sheets_published AFTER UPDATE ON venture_sheets
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.locked_at IS NOT NULL) EXECUTE FUNCTION venture_sheets_published();

CREATE TABLE venture_objections (
    id             uuid PRIMARY KEY,
    round_id       uuid NOT NULL REFERENCES venture_rounds (id),
    application_id uuid,
    text           text NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    raised_by      text NOT NULL,
    raised_at      timestamptz NOT NULL,
    state          text NOT NULL CHECK (state IN ('RAISED', 'UPHELD', 'DISMISSED')),
    version        integer NOT NULL DEFAULT 1,
    answer         text CHECK (length(answer) BETWEEN 1 AND 2000),
    answered_by    text,
    answered_at    timestamptz,
    FOREIGN KEY (application_id, round_id) REFERENCES venture_applications (id, round_id),
    CONSTRAINT objection_answer_missing CHECK ((state = 'RAISED') = (answer IS NULL)
        AND (answer IS NULL) = (answered_by IS NULL) AND (answer IS NULL) = (answered_at IS NULL))
);
CREATE INDEX venture_objections_by_round ON venture_objections (round_id, id);
CREATE FUNCTION venture_objections_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE r venture_rounds;
BEGIN
    SELECT * INTO r FROM venture_rounds WHERE id = NEW.round_id;
    IF TG_OP = 'INSERT' THEN
        IF r.state <> 'PUBLISHED' OR NEW.raised_at > r.objections_until OR NEW.state <> 'RAISED' THEN
            PERFORM sanshe_refuse('OBJECTION_CLOSED', '不在公示期内', 'the time for objections is not now');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.state <> 'RAISED' OR (NEW.round_id, NEW.application_id, NEW.text, NEW.raised_by, NEW.raised_at)
       IS DISTINCT FROM (OLD.round_id, OLD.application_id, OLD.text, OLD.raised_by, OLD.raised_at) THEN
        PERFORM sanshe_refuse('OBJECTION_FIXED', '异议和答复不可更改', 'an objection and its answer never change');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_objections_guard BEFORE INSERT OR UPDATE ON venture_objections
    FOR EACH ROW EXECUTE FUNCTION venture_objections_guard();

CREATE FUNCTION venture_rounds_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    counted bigint;
    least_n bigint;
    rest bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'PLANNED' THEN
            PERFORM sanshe_refuse('VENTURE_ROUND_STATE', '创投只能从计划开始', 'a round begins as PLANNED');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.division_code, NEW.fund_id, NEW.budget_fen, NEW.grant_cap_fen, NEW.operator_id, NEW.operator_outside, NEW.drop_extremes,
        NEW.pass_points, NEW.tranche_percents, NEW.planned_at)
       IS DISTINCT FROM (OLD.division_code, OLD.fund_id, OLD.budget_fen, OLD.grant_cap_fen, OLD.operator_id, OLD.operator_outside, OLD.drop_extremes,
        OLD.pass_points, OLD.tranche_percents, OLD.planned_at)
       OR (OLD.published_at IS NOT NULL AND (NEW.published_at, NEW.objections_until) IS DISTINCT FROM (OLD.published_at, OLD.objections_until))
       OR (OLD.called_at IS NOT NULL AND (NEW.called_at, NEW.closes_at) IS DISTINCT FROM (OLD.called_at, OLD.closes_at)) THEN
        PERFORM sanshe_refuse('VENTURE_TERMS_FIXED', '创投条件和公布内容不可更改', 'terms and publications of a round never change');
    END IF;
    IF NEW.state = OLD.state THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM venture_round_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('VENTURE_ROUND_STATE',
            format('创投不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a round cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    IF NEW.state = 'CALLING' THEN
        IF NOT NEW.operator_outside
           AND prc_parameter('prc.venture.first_round_outside', NEW.division_code, prc_day(NEW.called_at)) = 1
           AND NOT EXISTS (SELECT 1 FROM venture_rounds r WHERE r.id <> NEW.id AND r.state NOT IN ('PLANNED', 'CANCELLED')
                           AND left(r.division_code, 6) = left(NEW.division_code, 6)) THEN
            PERFORM sanshe_refuse('FIRST_ROUND_NOT_OUTSIDE',
                '首次公益创投须由外埠专业机构承办', 'the first round is operated by a professional organisation from outside');
        END IF;
        IF prc_day(NEW.closes_at) - prc_day(NEW.called_at)
           < prc_parameter('prc.venture.call_days', NEW.division_code, prc_day(NEW.called_at)) THEN
            PERFORM sanshe_refuse('VENTURE_CALL_TOO_SHORT', '征集期太短', 'the call is too short');
        END IF;
        IF NOT EXISTS (SELECT 1 FROM fund_entries e WHERE e.kind = 'RESERVE' AND e.reference = NEW.id
                       AND e.fund_id = NEW.fund_id AND e.amount_fen = NEW.budget_fen) THEN
            PERFORM sanshe_refuse('BUDGET_NOT_RESERVED', '尚未落实预算', 'no budget is reserved');
        END IF;
    ELSIF NEW.state = 'REVIEWING' AND NEW.updated_at < NEW.closes_at THEN
        PERFORM sanshe_refuse('VENTURE_CALL_OPEN', '征集尚未截止', 'the call is still open');
    ELSIF NEW.state = 'DEFENCE' THEN
        IF EXISTS (SELECT 1 FROM venture_applications a WHERE a.round_id = NEW.id AND a.state IN ('SUBMITTED', 'ELIGIBLE'))
           OR NOT EXISTS (SELECT 1 FROM venture_applications a WHERE a.round_id = NEW.id AND a.state = 'DILIGENT') THEN
            PERFORM sanshe_refuse('DILIGENCE_PENDING', '资格审查和尽职调查尚未完成', 'screening and due diligence are not finished');
        END IF;
        SELECT count(*) INTO counted FROM venture_reviewers v WHERE v.round_id = NEW.id;
        least_n := prc_parameter('prc.venture.reviewers_min', NEW.division_code, prc_day(NEW.updated_at));
        IF NEW.drop_extremes THEN
            least_n := greatest(least_n, prc_parameter('prc.venture.drop_reviewers_min', NEW.division_code, prc_day(NEW.updated_at)));
        END IF;
        IF counted < least_n OR counted % 2 = 0 THEN
            PERFORM sanshe_refuse('PANEL_SIZE',
                format('评委须为 %s 人以上单数', least_n), format('reviewers are odd and at least %s', least_n));
        END IF;
    ELSIF NEW.state = 'PUBLISHED' AND (
        EXISTS (SELECT 1 FROM venture_reviewers v LEFT JOIN venture_sheets s USING (round_id, expert_id)
                WHERE v.round_id = NEW.id AND s.locked_at IS NULL)
        OR (SELECT count(*) FROM venture_results x WHERE x.round_id = NEW.id)
           <> (SELECT count(*) FROM venture_applications a WHERE a.round_id = NEW.id AND a.state = 'DILIGENT')) THEN
        PERFORM sanshe_refuse('SHEETS_NOT_LOCKED', '仍有评委未锁定打分表', 'some score sheets are not locked');
    ELSIF NEW.state = 'CONFIRMED' AND (NEW.updated_at <= NEW.objections_until
        OR EXISTS (SELECT 1 FROM venture_objections o WHERE o.round_id = NEW.id AND o.state = 'RAISED')) THEN
        PERFORM sanshe_refuse('OBJECTIONS_OPEN', '公示期未满或仍有异议未答复', 'the time for objections runs, or one is not answered');
    ELSIF NEW.state = 'CONFIRMED' THEN
        SELECT NEW.budget_fen - coalesce(sum(a.requested_fen), 0) INTO rest FROM venture_applications a
        WHERE a.round_id = NEW.id AND a.state = 'SELECTED';
        IF rest < 0 THEN
            PERFORM sanshe_refuse('GRANTS_ABOVE_BUDGET', '资助合计超过预算', 'the grants exceed the budget');
        END IF;
        IF rest > 0 AND NOT EXISTS (
            SELECT 1 FROM fund_entries e WHERE e.kind = 'RELEASE' AND e.reference = NEW.id AND e.amount_fen = rest) THEN
            PERFORM sanshe_refuse('BUDGET_NOT_RELEASED', '剩余预算须同时释放', 'what is left of the budget goes back');
        END IF;
        IF EXISTS (SELECT 1 FROM venture_applications a WHERE a.round_id = NEW.id AND a.state = 'DILIGENT') THEN
            PERFORM sanshe_refuse('VENTURE_APPLICATION_STATE', '仍有项目未确定', 'some projects are neither selected nor not');
        END IF;
    ELSIF NEW.state = 'CANCELLED' AND OLD.state <> 'PLANNED' AND NOT EXISTS (
        SELECT 1 FROM fund_entries e WHERE e.kind = 'RELEASE' AND e.reference = NEW.id AND e.amount_fen = NEW.budget_fen) THEN
        PERFORM sanshe_refuse('BUDGET_NOT_RELEASED', '取消创投须同时释放预算', 'a round is cancelled together with the release of its budget');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER venture_rounds_guard BEFORE INSERT OR UPDATE ON venture_rounds
    FOR EACH ROW EXECUTE FUNCTION venture_rounds_guard();

REVOKE INSERT, UPDATE, DELETE ON venture_round_transitions, venture_application_transitions FROM sanshe_app;
REVOKE DELETE ON venture_rounds, venture_applications, venture_sheets, venture_objections FROM sanshe_app;
REVOKE UPDATE, DELETE ON venture_criteria, venture_controllers, venture_reviewers, venture_results FROM sanshe_app;
