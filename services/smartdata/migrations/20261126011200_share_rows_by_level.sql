-- Which rows a grant covers goes by the levels of a code, not by its zeros: 230110
-- is a county of its own, and has nothing of 230111. The service asked so already; the
-- database took one for a part of the other.
CREATE OR REPLACE FUNCTION share_requests_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
           OR NOT starts_with(NEW.row_division, division_prefix(resource.division_code)) THEN
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

CREATE OR REPLACE FUNCTION exchange_records_guard() RETURNS trigger LANGUAGE plpgsql AS $$
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
          AND starts_with(r.community_code, division_prefix(given.row_division))) THEN
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
