-- 政务数据共享 (A65, SM-16, B14, B15): a catalogue, requests, grants that name
-- purpose, fields, rows and end, and a record of every exchange and every denial.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('scd.share.check', 2, 'working days', '[2025-08-01,)',
     '示范默认值,待省级文件核定(《政务数据共享条例》申请受理与合规审查时限)'),
    ('scd.share.reply', 10, 'working days', '[2025-08-01,)',
     '示范默认值,待省级文件核定(《政务数据共享条例》有条件共享的答复时限)'),
    ('scd.share.mediation', 10, 'working days', '[2025-08-01,)',
     '示范默认值,待省级文件核定(《政务数据共享条例》争议协调时限)'),
    ('scd.share.quality_check', 5, 'working days', '[2025-08-01,)',
     '示范默认值,待省级文件核定(《政务数据共享条例》数据质量异议核查时限)');

-- 数据目录: who provides what, under which class. Whatever is not shared names
-- the law that forbids it.
CREATE TABLE data_resources (
    id                       uuid PRIMARY KEY,
    code                     text NOT NULL CONSTRAINT data_resource_exists UNIQUE
                             CHECK (code ~ '^[A-Z][A-Z0-9_]{2,39}$'),
    name                     text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    provider_organization_id uuid NOT NULL,
    provider_name            text NOT NULL CHECK (length(provider_name) BETWEEN 1 AND 100),
    division_code            text NOT NULL CONSTRAINT data_resource_division REFERENCES divisions (code),
    dataset                  text NOT NULL CHECK (dataset IN ('RESIDENT', 'GRID')),
    class                    text NOT NULL CHECK (class IN ('UNCONDITIONAL', 'CONDITIONAL', 'NO_SHARE')),
    basis                    text CHECK (length(basis) BETWEEN 1 AND 500),
    condition                text CHECK (length(condition) BETWEEN 1 AND 500),
    fields                   text[] NOT NULL,
    update_cycle             text NOT NULL CHECK (update_cycle IN
                             ('REAL_TIME', 'DAILY', 'MONTHLY', 'QUARTERLY', 'YEARLY')),
    state                    text NOT NULL CHECK (state IN ('PUBLISHED', 'WITHDRAWN')),
    version                  integer NOT NULL DEFAULT 1,
    published_at             timestamptz NOT NULL,
    updated_at               timestamptz NOT NULL,
    CONSTRAINT data_resource_basis CHECK (class <> 'NO_SHARE' OR basis IS NOT NULL),
    CONSTRAINT data_resource_condition CHECK ((class = 'CONDITIONAL') = (condition IS NOT NULL)),
    -- Personal data is never shared without a condition.
    CONSTRAINT data_resource_personal CHECK (dataset <> 'RESIDENT' OR class <> 'UNCONDITIONAL'),
    CONSTRAINT data_resource_fields CHECK (cardinality(fields) > 0 AND fields <@ CASE dataset
        WHEN 'RESIDENT' THEN ARRAY['RESIDENT_ID', 'NAME', 'CITIZEN_ID', 'PHONE', 'BIRTH_DATE', 'SEX',
                                   'COMMUNITY_CODE', 'GRID_CODE', 'STATUS', 'VERIFIED']
        ELSE ARRAY['GRID_CODE', 'GRID_NAME', 'GRID_KIND', 'COMMUNITY_CODE'] END)
);
CREATE INDEX data_resources_by_division ON data_resources (division_code text_pattern_ops, code);
REVOKE DELETE ON data_resources FROM sanshe_app;

CREATE FUNCTION data_resources_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'WITHDRAWN'
       OR (NEW.id, NEW.code, NEW.provider_organization_id, NEW.division_code, NEW.dataset, NEW.class,
           NEW.basis, NEW.condition, NEW.fields, NEW.published_at)
          IS DISTINCT FROM
          (OLD.id, OLD.code, OLD.provider_organization_id, OLD.division_code, OLD.dataset, OLD.class,
           OLD.basis, OLD.condition, OLD.fields, OLD.published_at) THEN
        PERFORM sanshe_refuse('DATA_RESOURCE_FIXED', '目录条目发布后内容不可更改,只能撤回',
            'an entry of the catalogue stays as it was published, and can be withdrawn');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER data_resources_guard BEFORE UPDATE ON data_resources
    FOR EACH ROW EXECUTE FUNCTION data_resources_guard();

-- 共享申请.
CREATE TABLE share_requests (
    id                       uuid PRIMARY KEY,
    resource_id              uuid NOT NULL REFERENCES data_resources (id),
    division_code            text NOT NULL REFERENCES divisions (code),
    provider_organization_id uuid NOT NULL,
    consumer_organization_id uuid NOT NULL,
    consumer_name            text NOT NULL CHECK (length(consumer_name) BETWEEN 1 AND 100),
    purpose                  text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 200),
    -- The law that needs the data; without one, every person has to consent.
    statutory_basis          text CHECK (length(statutory_basis) BETWEEN 1 AND 500),
    fields                   text[] NOT NULL CHECK (cardinality(fields) > 0),
    row_division             text NOT NULL REFERENCES divisions (code),
    until                    date NOT NULL,
    state                    text NOT NULL,
    requested_by             text NOT NULL CHECK (requested_by <> ''),
    submitted_at             timestamptz NOT NULL,
    due_at                   timestamptz,
    checked_by               text,
    checked_at               timestamptz,
    check_note               text CHECK (length(check_note) BETWEEN 1 AND 1000),
    replied_by               text,
    replied_at               timestamptz,
    refusal_basis            text CHECK (length(refusal_basis) BETWEEN 1 AND 1000),
    dispute                  text CHECK (length(dispute) BETWEEN 1 AND 1000),
    mediated_by              text,
    mediated_at              timestamptz,
    mediation_note           text CHECK (length(mediation_note) BETWEEN 1 AND 1000),
    version                  integer NOT NULL DEFAULT 1,
    updated_at               timestamptz NOT NULL,
    CONSTRAINT share_with_another CHECK (consumer_organization_id <> provider_organization_id),
    CONSTRAINT share_until CHECK (until > (submitted_at AT TIME ZONE 'Asia/Shanghai')::date),
    CONSTRAINT share_checked CHECK ((checked_by IS NULL) = (checked_at IS NULL)
        AND (checked_at IS NOT NULL OR state IN ('SUBMITTED', 'WITHDRAWN'))
        AND checked_by <> requested_by),
    -- A refusal names the law it rests on.
    CONSTRAINT share_refusal_basis CHECK (refusal_basis IS NOT NULL
        OR state NOT IN ('REFUSED', 'MEDIATION', 'REFUSED_FINALLY')),
    CONSTRAINT share_dispute CHECK (dispute IS NOT NULL OR state NOT IN ('MEDIATION', 'REFUSED_FINALLY')),
    CONSTRAINT share_mediated CHECK ((mediated_by IS NULL) = (mediated_at IS NULL)
        AND (mediated_at IS NOT NULL OR state <> 'REFUSED_FINALLY')
        AND mediated_by <> requested_by AND mediated_by <> replied_by)
);
CREATE INDEX share_requests_by_division ON share_requests (division_code text_pattern_ops, id);
CREATE INDEX share_requests_by_consumer ON share_requests (consumer_organization_id, id);
CREATE INDEX share_requests_by_provider ON share_requests (provider_organization_id, id);
REVOKE DELETE ON share_requests FROM sanshe_app;

CREATE TABLE share_request_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO share_request_transitions VALUES
    ('SUBMITTED', 'REJECTED'), ('SUBMITTED', 'REPLYING'), ('SUBMITTED', 'GRANTED'),
    ('SUBMITTED', 'WITHDRAWN'), ('REPLYING', 'WITHDRAWN'),
    ('REPLYING', 'GRANTED'), ('REPLYING', 'REFUSED'),
    ('REFUSED', 'MEDIATION'), ('MEDIATION', 'GRANTED'), ('MEDIATION', 'REFUSED_FINALLY');
REVOKE INSERT, UPDATE, DELETE ON share_request_transitions FROM sanshe_app;

CREATE FUNCTION share_requests_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE resource data_resources%ROWTYPE;
BEGIN
    SELECT * INTO resource FROM data_resources WHERE id = NEW.resource_id;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'SUBMITTED' THEN
            PERFORM sanshe_refuse('SHARE_STATE', '共享申请只能从“已提交”开始', 'a request begins as SUBMITTED');
        END IF;
        IF resource.state <> 'PUBLISHED' OR resource.class = 'NO_SHARE' THEN
            PERFORM sanshe_refuse('SHARE_NOT_SHARED', '该数据不予共享或已撤回', 'this data is not shared');
        END IF;
        IF NEW.provider_organization_id <> resource.provider_organization_id
           OR NEW.division_code <> resource.division_code OR NOT NEW.fields <@ resource.fields
           OR substr(NEW.row_division, 1, length(rtrim(resource.division_code, '0'))) <> rtrim(resource.division_code, '0') THEN
            PERFORM sanshe_refuse('SHARE_FIELDS', '申请的数据项、范围须在目录条目之内',
                'a request asks for no more than the entry of the catalogue has');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.resource_id, NEW.division_code, NEW.provider_organization_id,
        NEW.consumer_organization_id, NEW.purpose, NEW.statutory_basis, NEW.fields, NEW.row_division,
        NEW.until, NEW.requested_by, NEW.submitted_at)
       IS DISTINCT FROM
       (OLD.id, OLD.resource_id, OLD.division_code, OLD.provider_organization_id,
        OLD.consumer_organization_id, OLD.purpose, OLD.statutory_basis, OLD.fields, OLD.row_division,
        OLD.until, OLD.requested_by, OLD.submitted_at) THEN
        PERFORM sanshe_refuse('SHARE_REQUEST_FIXED', '申请提交后内容不可更改,请撤回后重新申请',
            'a request stays as it was submitted');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM share_request_transitions t
        WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('SHARE_STATE',
            format('共享申请不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a request cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    -- Only unconditional data is granted by the check alone.
    IF OLD.state = 'SUBMITTED' AND NEW.state = 'GRANTED' AND resource.class <> 'UNCONDITIONAL' THEN
        PERFORM sanshe_refuse('SHARE_CONDITIONAL', '有条件共享须由提供部门答复',
            'conditional data is granted by its provider');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER share_requests_guard BEFORE INSERT OR UPDATE ON share_requests
    FOR EACH ROW EXECUTE FUNCTION share_requests_guard();

-- 个人同意 (PIPL 14, 15, 23): to one receiver, of one resource; withdrawn easily.
CREATE TABLE data_consents (
    id                       uuid PRIMARY KEY,
    resident_id              uuid NOT NULL REFERENCES residents (id),
    resource_id              uuid NOT NULL REFERENCES data_resources (id),
    consumer_organization_id uuid NOT NULL,
    consumer_name            text NOT NULL CHECK (length(consumer_name) BETWEEN 1 AND 100),
    purpose                  text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 200),
    channel                  text NOT NULL,
    assisted_by              text,
    given_at                 timestamptz NOT NULL,
    withdrawn_at             timestamptz,
    version                  integer NOT NULL DEFAULT 1,
    CONSTRAINT consent_withdrawn CHECK (withdrawn_at >= given_at)
);
CREATE UNIQUE INDEX consent_in_force ON data_consents (resident_id, resource_id, consumer_organization_id)
    WHERE withdrawn_at IS NULL;
REVOKE UPDATE, DELETE ON data_consents FROM sanshe_app;
GRANT UPDATE (withdrawn_at, version) ON data_consents TO sanshe_app;

CREATE FUNCTION data_consents_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.withdrawn_at IS NOT NULL THEN
        PERFORM sanshe_refuse('CONSENT_WITHDRAWN', '该同意已撤回', 'this consent was withdrawn already');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER data_consents_guard BEFORE UPDATE ON data_consents
    FOR EACH ROW EXECUTE FUNCTION data_consents_guard();

-- 共享授权: for a purpose, some fields, some rows, until a day.
CREATE TABLE share_grants (
    id                       uuid PRIMARY KEY,
    request_id               uuid NOT NULL CONSTRAINT share_granted_once UNIQUE REFERENCES share_requests (id),
    resource_id              uuid NOT NULL REFERENCES data_resources (id),
    division_code            text NOT NULL,
    provider_organization_id uuid NOT NULL,
    consumer_organization_id uuid NOT NULL,
    consumer_name            text NOT NULL,
    purpose                  text NOT NULL CHECK (length(purpose) BETWEEN 1 AND 200),
    basis                    text NOT NULL CHECK (basis IN ('STATUTORY', 'CONSENT', 'NOT_PERSONAL')),
    fields                   text[] NOT NULL CHECK (cardinality(fields) > 0),
    row_division             text NOT NULL,
    until                    date NOT NULL,
    state                    text NOT NULL,
    state_note               text CHECK (length(state_note) BETWEEN 1 AND 1000),
    granted_at               timestamptz NOT NULL,
    version                  integer NOT NULL DEFAULT 1,
    updated_at               timestamptz NOT NULL,
    CONSTRAINT share_grant_reason CHECK (state NOT IN ('SUSPENDED', 'REVOKED') OR state_note IS NOT NULL)
);
CREATE INDEX share_grants_by_division ON share_grants (division_code text_pattern_ops, id);
CREATE INDEX share_grants_by_consumer ON share_grants (consumer_organization_id, id);
CREATE INDEX share_grants_by_provider ON share_grants (provider_organization_id, id);
REVOKE DELETE ON share_grants FROM sanshe_app;

CREATE TABLE share_grant_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO share_grant_transitions VALUES
    ('ACTIVE', 'SUSPENDED'), ('SUSPENDED', 'ACTIVE'),
    ('ACTIVE', 'REVOKED'), ('SUSPENDED', 'REVOKED'),
    ('ACTIVE', 'EXPIRED'), ('SUSPENDED', 'EXPIRED');
REVOKE INSERT, UPDATE, DELETE ON share_grant_transitions FROM sanshe_app;

CREATE FUNCTION share_grants_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    resource data_resources%ROWTYPE;
    request  share_requests%ROWTYPE;
    rests_on text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO resource FROM data_resources WHERE id = NEW.resource_id;
        SELECT * INTO request FROM share_requests WHERE id = NEW.request_id;
        IF NEW.state <> 'ACTIVE' OR request.state <> 'GRANTED' OR resource.state <> 'PUBLISHED'
           OR resource.class = 'NO_SHARE' THEN
            PERFORM sanshe_refuse('SHARE_NOT_GRANTED', '只有已同意的申请可以授权', 'a grant follows a request that was granted');
        END IF;
        IF NOT (NEW.fields <@ resource.fields AND NEW.fields <@ request.fields)
           OR NEW.row_division <> request.row_division OR NEW.until > request.until THEN
            PERFORM sanshe_refuse('SHARE_FIELDS', '授权的数据项、范围和期限不得超出目录与申请',
                'a grant gives no more than the catalogue has and the request asked for');
        END IF;
        IF (NEW.resource_id, NEW.division_code, NEW.provider_organization_id, NEW.consumer_organization_id, NEW.purpose)
           IS DISTINCT FROM (request.resource_id, request.division_code, request.provider_organization_id,
                             request.consumer_organization_id, request.purpose) THEN
            PERFORM sanshe_refuse('SHARE_FIELDS', '授权须与申请一致', 'a grant is what its request asked for');
        END IF;
        -- Personal data rests on a law that the request names, or on consent.
        rests_on := CASE WHEN resource.dataset <> 'RESIDENT' THEN 'NOT_PERSONAL'
                         WHEN request.statutory_basis IS NOT NULL THEN 'STATUTORY' ELSE 'CONSENT' END;
        IF NEW.basis <> rests_on THEN
            PERFORM sanshe_refuse('SHARE_BASIS', '个人信息的共享须有法定依据或个人同意',
                'personal data is shared on a legal basis or with consent');
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.id, NEW.request_id, NEW.resource_id, NEW.division_code, NEW.provider_organization_id,
        NEW.consumer_organization_id, NEW.purpose, NEW.basis, NEW.fields, NEW.row_division, NEW.until, NEW.granted_at)
       IS DISTINCT FROM
       (OLD.id, OLD.request_id, OLD.resource_id, OLD.division_code, OLD.provider_organization_id,
        OLD.consumer_organization_id, OLD.purpose, OLD.basis, OLD.fields, OLD.row_division, OLD.until, OLD.granted_at) THEN
        PERFORM sanshe_refuse('SHARE_GRANT_FIXED', '授权内容不可更改', 'what was granted never changes');
    END IF;
    IF NEW.state <> OLD.state AND NOT EXISTS (
        SELECT 1 FROM share_grant_transitions t WHERE t.from_state = OLD.state AND t.to_state = NEW.state) THEN
        PERFORM sanshe_refuse('SHARE_GRANT_STATE',
            format('授权不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a grant cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER share_grants_guard BEFORE INSERT OR UPDATE ON share_grants
    FOR EACH ROW EXECUTE FUNCTION share_grants_guard();

-- 交换记录: every exchange and every denial, in a hash chain of its own.
CREATE TABLE exchange_records (
    seq                      bigint PRIMARY KEY CHECK (seq > 0),
    grant_id                 uuid NOT NULL REFERENCES share_grants (id),
    resource_id              uuid NOT NULL REFERENCES data_resources (id),
    division_code            text NOT NULL,
    provider_organization_id uuid NOT NULL,
    consumer_organization_id uuid NOT NULL,
    consumer_name            text NOT NULL,
    resident_id              uuid REFERENCES residents (id),
    actor                    text NOT NULL CHECK (actor <> ''),
    purpose                  text NOT NULL,
    fields                   text[] NOT NULL CHECK (cardinality(fields) > 0),
    outcome                  text NOT NULL CHECK (outcome IN ('OK', 'DENIED', 'NOT_FOUND')),
    reason                   text,
    request_hash             bytea NOT NULL CHECK (octet_length(request_hash) = 32),
    response_hash            bytea CHECK (octet_length(response_hash) = 32),
    channel                  text NOT NULL,
    request_id               text NOT NULL,
    at                       timestamptz NOT NULL,
    prev_hash                bytea NOT NULL CHECK (octet_length(prev_hash) = 32),
    hash                     bytea NOT NULL CHECK (octet_length(hash) = 32),
    CONSTRAINT exchange_answer CHECK ((outcome = 'OK') = (response_hash IS NOT NULL)
        AND (outcome = 'DENIED') = (reason IS NOT NULL))
);
CREATE INDEX exchange_records_by_resident ON exchange_records (resident_id, seq DESC)
    WHERE resident_id IS NOT NULL;
CREATE INDEX exchange_records_by_grant ON exchange_records (grant_id, seq DESC);
CREATE TRIGGER exchange_records_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON exchange_records
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON exchange_records FROM sanshe_app;

CREATE TABLE exchange_head (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    seq      bigint NOT NULL CHECK (seq >= 0),
    hash     bytea  NOT NULL CHECK (octet_length(hash) = 32)
);
INSERT INTO exchange_head (seq, hash) VALUES (0, decode(repeat('00', 32), 'hex'));
CREATE TRIGGER exchange_head_stays BEFORE DELETE OR TRUNCATE ON exchange_head
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE INSERT, DELETE ON exchange_head FROM sanshe_app;

-- Each record follows the one before; and what was given was granted, on the
-- day, with consent where the grant rests on it.
CREATE FUNCTION exchange_records_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head  exchange_head%ROWTYPE;
    given share_grants%ROWTYPE;
BEGIN
    SELECT * INTO head FROM exchange_head FOR UPDATE;
    IF NEW.seq <> head.seq + 1 OR NEW.prev_hash <> head.hash THEN
        PERFORM sanshe_refuse('EXCHANGE_CHAIN', '交换记录须接在前一条之后', 'a record follows the one before it');
    END IF;
    UPDATE exchange_head SET seq = NEW.seq, hash = NEW.hash;
    SELECT * INTO given FROM share_grants WHERE id = NEW.grant_id FOR SHARE;
    IF (NEW.resource_id, NEW.provider_organization_id, NEW.consumer_organization_id)
       IS DISTINCT FROM (given.resource_id, given.provider_organization_id, given.consumer_organization_id) THEN
        PERFORM sanshe_refuse('EXCHANGE_GRANT', '交换记录须与授权一致', 'a record is of its grant');
    END IF;
    IF NEW.outcome <> 'OK' THEN
        RETURN NEW;
    END IF;
    IF given.state <> 'ACTIVE' OR given.until < (NEW.at AT TIME ZONE 'Asia/Shanghai')::date
       OR NOT NEW.fields <@ given.fields OR NOT EXISTS (
           SELECT 1 FROM data_resources r WHERE r.id = given.resource_id AND r.state = 'PUBLISHED') THEN
        PERFORM sanshe_refuse('SHARE_NOT_COVERED', '授权不含所请求的数据,或已中止、撤销、到期',
            'the grant does not cover this, or no longer holds');
    END IF;
    IF given.basis <> 'NOT_PERSONAL' AND NOT EXISTS (
        SELECT 1 FROM residents r WHERE r.id = NEW.resident_id
          AND substr(r.community_code, 1, length(rtrim(given.row_division, '0'))) = rtrim(given.row_division, '0')) THEN
        PERFORM sanshe_refuse('SHARE_ROWS', '该居民不在授权范围内', 'this resident is not among the granted rows');
    END IF;
    -- The lock makes a withdrawal wait, or be seen.
    IF given.basis = 'CONSENT' THEN
        PERFORM 1 FROM data_consents c
        WHERE c.resident_id = NEW.resident_id AND c.resource_id = NEW.resource_id
          AND c.consumer_organization_id = NEW.consumer_organization_id AND c.withdrawn_at IS NULL
        FOR SHARE;
        IF NOT FOUND THEN
            PERFORM sanshe_refuse('CONSENT_MISSING', '该居民未同意或已撤回同意', 'this resident has not consented, or no longer does');
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER exchange_records_guard BEFORE INSERT ON exchange_records
    FOR EACH ROW EXECUTE FUNCTION exchange_records_guard();

-- 数据质量异议: raised, checked by the provider, corrected or upheld.
CREATE TABLE quality_challenges (
    id                       uuid PRIMARY KEY,
    resource_id              uuid NOT NULL REFERENCES data_resources (id),
    division_code            text NOT NULL,
    provider_organization_id uuid NOT NULL,
    consumer_organization_id uuid,
    resident_id              uuid REFERENCES residents (id),
    field                    text NOT NULL,
    statement                text NOT NULL CHECK (length(statement) BETWEEN 1 AND 1000),
    state                    text NOT NULL CHECK (state IN ('RAISED', 'CHECKING', 'CORRECTED', 'UPHELD')),
    finding                  text CHECK (length(finding) BETWEEN 1 AND 1000),
    raised_by                text NOT NULL CHECK (raised_by <> ''),
    raised_at                timestamptz NOT NULL,
    due_at                   timestamptz NOT NULL,
    checked_by               text,
    concluded_at             timestamptz,
    version                  integer NOT NULL DEFAULT 1,
    updated_at               timestamptz NOT NULL,
    CONSTRAINT challenge_raiser CHECK (num_nonnulls(consumer_organization_id, resident_id) >= 1),
    CONSTRAINT challenge_checked CHECK ((checked_by IS NULL) = (state = 'RAISED') AND checked_by <> raised_by),
    CONSTRAINT challenge_concluded CHECK ((state IN ('CORRECTED', 'UPHELD')) = (concluded_at IS NOT NULL)
        AND (concluded_at IS NULL) = (finding IS NULL))
);
CREATE INDEX quality_challenges_by_division ON quality_challenges (division_code text_pattern_ops, id);
CREATE INDEX quality_challenges_by_provider ON quality_challenges (provider_organization_id, id);
REVOKE DELETE ON quality_challenges FROM sanshe_app;

CREATE FUNCTION quality_challenges_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.resource_id, NEW.provider_organization_id, NEW.consumer_organization_id, NEW.resident_id,
        NEW.field, NEW.statement, NEW.raised_by, NEW.raised_at, NEW.due_at)
       IS DISTINCT FROM
       (OLD.id, OLD.resource_id, OLD.provider_organization_id, OLD.consumer_organization_id, OLD.resident_id,
        OLD.field, OLD.statement, OLD.raised_by, OLD.raised_at, OLD.due_at) THEN
        PERFORM sanshe_refuse('CHALLENGE_FIXED', '异议提出后内容不可更改', 'a challenge stays as it was raised');
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN
       (('RAISED', 'CHECKING'), ('CHECKING', 'CORRECTED'), ('CHECKING', 'UPHELD')) THEN
        PERFORM sanshe_refuse('CHALLENGE_STATE',
            format('异议不能从 %s 变为 %s', OLD.state, NEW.state),
            format('a challenge cannot go from %s to %s', OLD.state, NEW.state));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER quality_challenges_guard BEFORE UPDATE ON quality_challenges
    FOR EACH ROW EXECUTE FUNCTION quality_challenges_guard();
