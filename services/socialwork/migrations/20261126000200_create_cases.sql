-- 个案 (A47, SM-6, MZ/T 094-2017). What is written about a client is sealed by
-- the service: the database sees phases, days and who, never the words.

-- The day in the place where all of this happens.
CREATE FUNCTION sw_day(at timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE AS $$ SELECT (at AT TIME ZONE 'Asia/Shanghai')::date $$;

-- A move is legal where the table of moves has it.
CREATE FUNCTION sw_check_move(moves regclass, reason text, was text, becomes text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    legal boolean;
BEGIN
    IF was = becomes THEN
        RETURN;
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s WHERE from_state = $1 AND to_state = $2)', moves)
    INTO legal USING was, becomes;
    IF NOT legal THEN
        PERFORM sanshe_refuse(reason, format('不能从 %s 变为 %s', was, becomes),
            format('one cannot go from %s to %s', was, becomes));
    END IF;
END
$$;

CREATE TABLE cases (
    id                 uuid PRIMARY KEY,
    client_resident_id uuid NOT NULL,
    community_id       uuid,
    division_code      text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    worker_id          uuid NOT NULL REFERENCES social_workers (id),
    supervisor_id      uuid NOT NULL REFERENCES social_workers (id),
    risk               text NOT NULL CHECK (risk IN ('LOW', 'MID', 'HIGH', 'CRISIS')),
    phase              text NOT NULL,
    round              integer NOT NULL DEFAULT 1 CHECK (round >= 1),
    problem_enc        bytea NOT NULL,
    contact_by         date NOT NULL,
    closure            text CHECK (closure IN ('GOALS_MET', 'GOALS_PARTLY_MET', 'REFERRED_ON',
                           'CLIENT_WITHDREW', 'MOVED_AWAY', 'DECEASED', 'LOST_CONTACT', 'OTHER')),
    demo               boolean NOT NULL,
    moved_by           text NOT NULL CHECK (moved_by <> ''),
    version            integer NOT NULL DEFAULT 1,
    opened_at          timestamptz NOT NULL,
    ended_at           timestamptz,
    updated_at         timestamptz NOT NULL,
    CONSTRAINT case_worker_supervises CHECK (worker_id <> supervisor_id),
    CONSTRAINT case_end CHECK (
        (ended_at IS NOT NULL) = (phase IN ('CLOSED', 'REFERRED', 'TERMINATED'))
        AND (ended_at IS NULL) = (closure IS NULL))
);
-- One worker has one open case of a client.
CREATE UNIQUE INDEX case_open_already ON cases (client_resident_id, worker_id) WHERE ended_at IS NULL;
CREATE INDEX cases_by_worker ON cases (worker_id, id);
CREATE INDEX cases_by_supervisor ON cases (supervisor_id, id);
CREATE INDEX cases_by_client ON cases (client_resident_id, id);
CREATE INDEX cases_by_division ON cases (division_code text_pattern_ops, id);

CREATE TABLE case_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO case_transitions VALUES
    ('INTAKE', 'ASSESSMENT'), ('ASSESSMENT', 'PLAN'), ('PLAN', 'INTERVENTION'),
    ('INTERVENTION', 'PLAN'), ('INTERVENTION', 'EVALUATION'), ('EVALUATION', 'CLOSED'),
    ('CLOSED', 'ASSESSMENT'), ('REFERRED', 'ASSESSMENT'), ('TERMINATED', 'ASSESSMENT');
INSERT INTO case_transitions
SELECT was, becomes FROM unnest(ARRAY['INTAKE', 'ASSESSMENT', 'PLAN', 'INTERVENTION', 'EVALUATION']) AS was,
    unnest(ARRAY['REFERRED', 'TERMINATED']) AS becomes;
REVOKE INSERT, UPDATE, DELETE ON case_transitions FROM sanshe_app;

-- Every phase a case went through, whoever moved it.
CREATE TABLE case_moves (
    case_id    uuid NOT NULL REFERENCES cases (id),
    number     integer NOT NULL CHECK (number >= 1),
    from_phase text,
    to_phase   text NOT NULL,
    round      integer NOT NULL,
    moved_by   text NOT NULL,
    moved_at   timestamptz NOT NULL,
    PRIMARY KEY (case_id, number)
);
CREATE TRIGGER case_moves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_moves
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON case_moves FROM sanshe_app;

-- 预估. Written as often as needed, never changed.
CREATE TABLE case_assessments (
    id           uuid PRIMARY KEY,
    case_id      uuid NOT NULL REFERENCES cases (id),
    round        integer NOT NULL,
    risk         text NOT NULL CHECK (risk IN ('LOW', 'MID', 'HIGH', 'CRISIS')),
    findings_enc bytea NOT NULL,
    written_by   text NOT NULL CHECK (written_by <> ''),
    written_at   timestamptz NOT NULL
);
CREATE INDEX case_assessments_by_case ON case_assessments (case_id, id);

-- 服务计划. A new version replaces the last one; the words of a version stay.
CREATE TABLE case_plans (
    id              uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES cases (id),
    round           integer NOT NULL,
    number          integer NOT NULL CHECK (number >= 1),
    review_on       date NOT NULL,
    drafted_by      text NOT NULL CHECK (drafted_by <> ''),
    drafted_at      timestamptz NOT NULL,
    signed_by       text CHECK (signed_by IN ('ONLINE', 'PAPER', 'GUARDIAN')),
    signed_at       timestamptz,
    paper           text CHECK (length(paper) BETWEEN 1 AND 200),
    approved        boolean,
    reviewed_by     uuid REFERENCES social_workers (id),
    reviewed_at     timestamptz,
    review_note_enc bytea,
    CONSTRAINT case_plan_number UNIQUE (case_id, number),
    CONSTRAINT case_plan_signature CHECK (
        (signed_by IS NULL) = (signed_at IS NULL)
        AND (paper IS NOT NULL) = (signed_by IN ('PAPER', 'GUARDIAN') AND signed_by IS NOT NULL)),
    CONSTRAINT case_plan_review CHECK (
        num_nulls(approved, reviewed_by, reviewed_at) IN (0, 3)
        AND (review_note_enc IS NULL OR approved IS NOT NULL))
);
CREATE TABLE case_plan_goals (
    plan_id       uuid NOT NULL REFERENCES case_plans (id),
    position      integer NOT NULL CHECK (position BETWEEN 0 AND 9),
    goal_enc      bytea NOT NULL,
    indicator_enc bytea NOT NULL,
    PRIMARY KEY (plan_id, position)
);

CREATE FUNCTION case_plans_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - ARRAY['signed_by', 'signed_at', 'paper', 'approved', 'reviewed_by', 'reviewed_at', 'review_note_enc']
       <> to_jsonb(OLD) - ARRAY['signed_by', 'signed_at', 'paper', 'approved', 'reviewed_by', 'reviewed_at', 'review_note_enc']
       OR (OLD.signed_at IS NOT NULL AND (NEW.signed_by, NEW.signed_at, NEW.paper)
           IS DISTINCT FROM (OLD.signed_by, OLD.signed_at, OLD.paper))
       OR (OLD.approved IS NOT NULL AND (NEW.approved, NEW.reviewed_by, NEW.reviewed_at, NEW.review_note_enc)
           IS DISTINCT FROM (OLD.approved, OLD.reviewed_by, OLD.reviewed_at, OLD.review_note_enc)) THEN
        PERFORM sanshe_refuse('PLAN_FIXED', '计划只能签署一次、审批一次,内容变更须另拟新版',
            'a plan is signed once and reviewed once; draft another version to change it');
    END IF;
    IF NEW.reviewed_by IS NOT NULL AND OLD.reviewed_by IS NULL AND NOT EXISTS (
        SELECT 1 FROM cases c WHERE c.id = NEW.case_id AND c.supervisor_id = NEW.reviewed_by) THEN
        PERFORM sanshe_refuse('PLAN_OTHER_SUPERVISOR', '计划只能由本个案的督导审批',
            'only the supervisor of the case reviews its plan');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER case_plans_guard BEFORE UPDATE ON case_plans
    FOR EACH ROW EXECUTE FUNCTION case_plans_guard();

-- 成效评估. One attainment for each goal, by the five steps of goal attainment scaling.
CREATE TABLE case_evaluations (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES cases (id),
    round       integer NOT NULL,
    plan_id     uuid NOT NULL REFERENCES case_plans (id),
    attainments integer[] NOT NULL CHECK (
        cardinality(attainments) BETWEEN 1 AND 10 AND -2 <= ALL (attainments) AND 2 >= ALL (attainments)),
    summary_enc bytea NOT NULL,
    written_by  text NOT NULL CHECK (written_by <> ''),
    written_at  timestamptz NOT NULL
);
CREATE INDEX case_evaluations_by_case ON case_evaluations (case_id, id);

CREATE TRIGGER case_assessments_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_assessments
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER case_plan_goals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_plan_goals
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER case_evaluations_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_evaluations
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON case_assessments, case_plan_goals, case_evaluations FROM sanshe_app;
REVOKE DELETE ON cases, case_plans FROM sanshe_app;

-- 个案记录. What was written stays; an error is followed by a note that corrects it.
CREATE TABLE case_notes (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL REFERENCES cases (id),
    round      integer NOT NULL,
    author_id  uuid NOT NULL REFERENCES social_workers (id),
    kind       text NOT NULL CHECK (kind IN ('INTERVIEW', 'HOME_VISIT', 'PHONE', 'COLLATERAL', 'RESOURCE', 'SUPERVISION')),
    level      text NOT NULL CHECK (level IN ('CLIENT', 'TEAM', 'RESTRICTED')),
    body_enc   bytea NOT NULL,
    held_on    date NOT NULL,
    minutes    integer NOT NULL CONSTRAINT case_note_minutes CHECK (minutes BETWEEN 0 AND 1440),
    corrects   uuid REFERENCES case_notes (id),
    written_at timestamptz NOT NULL,
    CONSTRAINT case_note_in_future CHECK (held_on <= sw_day(written_at))
);
CREATE INDEX case_notes_by_case ON case_notes (case_id, id);
CREATE FUNCTION case_notes_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = NEW.case_id AND c.ended_at IS NULL
                   AND NEW.author_id IN (c.worker_id, c.supervisor_id)) THEN
        PERFORM sanshe_refuse('NOTE_AUTHOR', '只有在办个案的社工与督导可以记录',
            'notes are written by the worker and the supervisor while the case is open');
    END IF;
    IF NEW.corrects IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM case_notes n WHERE n.id = NEW.corrects AND n.case_id = NEW.case_id) THEN
        PERFORM sanshe_refuse('NOTE_OTHER_CASE', '只能更正本个案的记录', 'a note corrects one of the same case');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER case_notes_guard BEFORE INSERT ON case_notes
    FOR EACH ROW EXECUTE FUNCTION case_notes_guard();
CREATE TRIGGER case_notes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_notes
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON case_notes FROM sanshe_app;

-- 知情同意 (PIPL 14, 15, 23): one purpose, one receiver, some fields, until a day.
CREATE TABLE case_consents (
    id           uuid PRIMARY KEY,
    case_id      uuid NOT NULL REFERENCES cases (id),
    purpose      text NOT NULL CHECK (purpose IN ('REFERRAL', 'MEDICAL_CARE', 'ELDER_CARE', 'SOCIAL_ASSISTANCE', 'LEGAL_AID', 'TEACHING')),
    receiver_id  uuid NOT NULL,
    fields       text[] NOT NULL CHECK (cardinality(fields) >= 1 AND fields <@
                     ARRAY['IDENTITY', 'CONTACT', 'FAMILY', 'HEALTH', 'FINANCE', 'ASSESSMENT', 'PLAN']),
    signing      text NOT NULL CHECK (signing IN ('ONLINE', 'PAPER', 'GUARDIAN')),
    paper        text CHECK (length(paper) BETWEEN 1 AND 200),
    expires_on   date NOT NULL,
    given_by     text NOT NULL CHECK (given_by <> ''),
    given_at     timestamptz NOT NULL,
    withdrawn_at timestamptz,
    CONSTRAINT consent_paper CHECK ((paper IS NULL) = (signing = 'ONLINE')),
    CONSTRAINT consent_days CHECK (expires_on >= sw_day(given_at) AND withdrawn_at >= given_at)
);
CREATE INDEX case_consents_by_case ON case_consents (case_id, id);
CREATE FUNCTION case_consents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL
       OR to_jsonb(NEW) - 'withdrawn_at' <> to_jsonb(OLD) - 'withdrawn_at' THEN
        PERFORM sanshe_refuse('CONSENT_FIXED', '同意书只能撤回一次,内容不可更改',
            'a consent is only withdrawn, and once');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER case_consents_guard BEFORE UPDATE ON case_consents
    FOR EACH ROW EXECUTE FUNCTION case_consents_guard();
REVOKE DELETE ON case_consents FROM sanshe_app;

-- 转介. Only what a valid consent names: its receiver, its purpose, its fields.
CREATE TABLE case_referrals (
    id                 uuid PRIMARY KEY,
    case_id            uuid NOT NULL REFERENCES cases (id),
    division_code      text NOT NULL CHECK (division_code ~ '^[0-9]{12}$'),
    round              integer NOT NULL,
    to_organization_id uuid NOT NULL,
    purpose            text NOT NULL,
    fields             text[] NOT NULL CHECK (cardinality(fields) >= 1),
    consent_id         uuid NOT NULL REFERENCES case_consents (id),
    hand_over          boolean NOT NULL,
    summary_enc        bytea NOT NULL,
    state              text NOT NULL CHECK (state IN ('SENT', 'ACCEPTED', 'DECLINED')),
    reason             text CHECK (length(reason) BETWEEN 1 AND 500),
    sent_by            text NOT NULL CHECK (sent_by <> ''),
    sent_at            timestamptz NOT NULL,
    answered_by        text,
    answered_at        timestamptz,
    CONSTRAINT referral_answer CHECK (
        (state = 'SENT') = (answered_at IS NULL) AND (answered_at IS NULL) = (answered_by IS NULL)
        AND (state <> 'DECLINED' OR reason IS NOT NULL))
);
CREATE UNIQUE INDEX referral_waits ON case_referrals (case_id, to_organization_id, purpose) WHERE state = 'SENT';
CREATE INDEX case_referrals_by_case ON case_referrals (case_id, id);
CREATE INDEX case_referrals_by_organization ON case_referrals (to_organization_id, id);

CREATE FUNCTION case_referrals_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    consent case_consents;
    at      timestamptz := coalesce(NEW.answered_at, NEW.sent_at);
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.state <> 'SENT'
       OR to_jsonb(NEW) - ARRAY['state', 'reason', 'answered_by', 'answered_at']
          <> to_jsonb(OLD) - ARRAY['state', 'reason', 'answered_by', 'answered_at']) THEN
        PERFORM sanshe_refuse('REFERRAL_ANSWERED', '转介只能答复一次,内容不可更改',
            'a referral is answered once, and keeps its content');
    END IF;
    IF TG_OP = 'INSERT' AND NEW.state <> 'SENT' THEN
        PERFORM sanshe_refuse('REFERRAL_ANSWERED', '转介须先发出', 'a referral begins as SENT');
    END IF;
    IF NEW.state = 'DECLINED' THEN
        RETURN NEW;
    END IF;
    SELECT * INTO consent FROM case_consents WHERE id = NEW.consent_id FOR SHARE;
    IF consent.case_id IS DISTINCT FROM NEW.case_id OR consent.withdrawn_at IS NOT NULL
       OR consent.given_at > at OR consent.expires_on < sw_day(at) THEN
        PERFORM sanshe_refuse('CONSENT_NOT_VALID', '该同意不属于本个案,或已到期、已撤回',
            'this consent is of another case, has expired or was withdrawn');
    ELSIF consent.receiver_id <> NEW.to_organization_id THEN
        PERFORM sanshe_refuse('CONSENT_OTHER_RECEIVER', '服务对象同意的接收方不是该机构',
            'the client consented to another receiver');
    ELSIF consent.purpose <> NEW.purpose THEN
        PERFORM sanshe_refuse('CONSENT_OTHER_PURPOSE', '服务对象同意的用途与此不同',
            'the client consented to another purpose');
    ELSIF NOT NEW.fields <@ consent.fields THEN
        PERFORM sanshe_refuse('CONSENT_OTHER_FIELDS', '超出服务对象同意提供的内容',
            'this is more than the client consented to tell');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER case_referrals_guard BEFORE INSERT OR UPDATE ON case_referrals
    FOR EACH ROW EXECUTE FUNCTION case_referrals_guard();
REVOKE DELETE ON case_referrals FROM sanshe_app;

-- 紧急查阅 (break-glass): who opened a file that was not theirs to open, why, and
-- until when. The client sees these rows.
CREATE TABLE case_glass (
    id         uuid PRIMARY KEY,
    case_id    uuid NOT NULL REFERENCES cases (id),
    actor      text NOT NULL CHECK (actor <> ''),
    actor_name text,
    roles      text[] NOT NULL,
    reason     text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
    opened_at  timestamptz NOT NULL,
    until      timestamptz NOT NULL,
    CONSTRAINT case_glass_ends CHECK (until > opened_at AND until <= opened_at + interval '7 days')
);
CREATE INDEX case_glass_by_case ON case_glass (case_id, id);
CREATE INDEX case_glass_by_actor ON case_glass (actor, case_id, until);
CREATE TRIGGER case_glass_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON case_glass
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON case_glass FROM sanshe_app;

-- The phases of a case, with what each of them needs.
CREATE FUNCTION cases_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    plan case_plans;
BEGIN
    IF EXISTS (SELECT 1 FROM social_workers w WHERE w.resident_id = NEW.client_resident_id
               AND w.id IN (NEW.worker_id, NEW.supervisor_id)) THEN
        PERFORM sanshe_refuse('CASE_OWN', '不能为本人办理个案', 'nobody works on a case of their own');
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.phase <> 'INTAKE' OR NEW.round <> 1 THEN
            PERFORM sanshe_refuse('CASE_PHASE', '个案须从接案开始', 'a case begins with its intake');
        END IF;
    ELSIF (NEW.client_resident_id, NEW.division_code, NEW.problem_enc, NEW.opened_at)
          IS DISTINCT FROM (OLD.client_resident_id, OLD.division_code, OLD.problem_enc, OLD.opened_at) THEN
        PERFORM sanshe_refuse('CASE_ORIGIN', '个案的服务对象与来源不可更改', 'a case keeps its client and origin');
    ELSIF NEW.phase <> OLD.phase THEN
        PERFORM sw_check_move('case_transitions', 'CASE_PHASE', OLD.phase, NEW.phase);
        IF NEW.round <> OLD.round + (OLD.ended_at IS NOT NULL)::int THEN
            PERFORM sanshe_refuse('CASE_PHASE', '重新开案须进入新一轮', 'reopening a case begins a new round');
        END IF;
        IF NEW.phase = 'PLAN' AND NOT EXISTS (
            SELECT 1 FROM case_assessments a WHERE a.case_id = NEW.id AND a.round = NEW.round) THEN
            PERFORM sanshe_refuse('CASE_NOT_ASSESSED', '尚无本轮预估,不能制定计划',
                'there is no assessment of this round to plan on');
        ELSIF NEW.phase = 'INTERVENTION' THEN
            SELECT * INTO plan FROM case_plans p WHERE p.case_id = NEW.id AND p.round = NEW.round
            ORDER BY p.number DESC LIMIT 1;
            IF plan.signed_at IS NULL THEN
                PERFORM sanshe_refuse('PLAN_NOT_SIGNED', '服务计划尚未由服务对象签署,不能介入',
                    'the client has not signed the plan: there is no intervention yet');
            ELSIF plan.approved IS NOT TRUE THEN
                PERFORM sanshe_refuse('PLAN_NOT_APPROVED', '服务计划尚未经督导批准,不能介入',
                    'the supervisor has not approved the plan: there is no intervention yet');
            END IF;
        ELSIF NEW.phase IN ('EVALUATION', 'CLOSED') AND NOT EXISTS (
            SELECT 1 FROM case_evaluations e WHERE e.case_id = NEW.id AND e.round = NEW.round) THEN
            PERFORM sanshe_refuse('CASE_NOT_EVALUATED', '尚无本轮成效评估,不能结案',
                'there is no evaluation of this round');
        ELSIF NEW.phase = 'REFERRED' AND NOT EXISTS (
            SELECT 1 FROM case_referrals r WHERE r.case_id = NEW.id AND r.round = NEW.round
                AND r.state = 'ACCEPTED' AND r.hand_over) THEN
            PERFORM sanshe_refuse('CASE_NOT_TAKEN', '没有机构接收本个案,不能以转介结束',
                'no organisation has taken the case over');
        END IF;
    ELSIF NEW.round <> OLD.round THEN
        PERFORM sanshe_refuse('CASE_PHASE', '只有重新开案才进入新一轮', 'a round begins when a case is reopened');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER cases_guard BEFORE INSERT OR UPDATE ON cases
    FOR EACH ROW EXECUTE FUNCTION cases_guard();

CREATE FUNCTION cases_keep_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.phase <> OLD.phase THEN
        INSERT INTO case_moves (case_id, number, from_phase, to_phase, round, moved_by, moved_at)
        SELECT NEW.id, count(*) + 1, CASE WHEN TG_OP = 'UPDATE' THEN OLD.phase END, NEW.phase,
               NEW.round, NEW.moved_by, NEW.updated_at
        FROM case_moves m WHERE m.case_id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER cases_keep_moves AFTER INSERT OR UPDATE ON cases
    FOR EACH ROW EXECUTE FUNCTION cases_keep_moves();

INSERT INTO policy_parameters (key, division, value, unit, effective, source) VALUES
    ('sw.case.contact_days.low', '', 90, 'days', '[2009-01-01,)', '示范默认值(参照探访关爱一般频次:每季度一次),待市级文件核定'),
    ('sw.case.contact_days.mid', '', 30, 'days', '[2009-01-01,)', '示范默认值(参照重点对象每月一次),待市级文件核定'),
    ('sw.case.contact_days.high', '', 7, 'days', '[2009-01-01,)', '示范默认值(参照高风险对象每周一次),待市级文件核定'),
    ('sw.case.contact_days.crisis', '', 1, 'days', '[2009-01-01,)', '示范默认值(参照重大变化后 24 小时内),待市级文件核定'),
    ('sw.case.consent_days', '', 365, 'days', '[2009-01-01,)', '示范默认值(《个人信息保护法》第十九条:保存期限为最短时间),待市级文件核定'),
    ('sw.case.glass_hours', '', 24, 'hours', '[2009-01-01,)', '示范默认值,待市级文件核定'),
    ('sw.case.least_count', '', 3, 'cases', '[2009-01-01,)', '示范默认值:低于此数的统计不公布,以免可识别个人');
