-- 社会组织 (A44, B2, B9). Registered ones carry a unified social credit code;
-- filed ones carry none and are no legal person.

-- GB 32100, said again: character set, modulus 11 of the organisation code,
-- modulus 31 of the whole (a remainder of 31 is written 0).
CREATE FUNCTION uscc_valid(code text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
    symbols constant text := '0123456789ABCDEFGHJKLMNPQRTUWXY';
    alphabet constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    inner_weights constant integer[] := ARRAY[3, 7, 9, 10, 5, 8, 4, 2];
    weight integer := 1;
    total integer := 0;
    inner_total integer := 0;
BEGIN
    IF code !~ '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$' THEN
        RETURN false;
    END IF;
    FOR i IN 1..8 LOOP
        inner_total := inner_total + inner_weights[i] * (strpos(alphabet, substr(code, 8 + i, 1)) - 1);
    END LOOP;
    IF substr(code, 17, 1) <> substr('0123456789X0', 12 - inner_total % 11, 1) THEN
        RETURN false;
    END IF;
    FOR i IN 1..17 LOOP
        total := total + weight * (strpos(symbols, substr(code, i, 1)) - 1);
        weight := weight * 3 % 31;
    END LOOP;
    RETURN substr(code, 18, 1) = substr(symbols, (31 - total % 31) % 31 + 1, 1);
END
$$;

CREATE TABLE organizations (
    id                 uuid PRIMARY KEY,
    name               text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    uscc               text CONSTRAINT uscc_exists UNIQUE,
    -- Early codes in real use fail the check; they are accepted for a reason.
    override_reason    text CHECK (length(override_reason) >= 4),
    override_by        text,
    override_at        timestamptz,
    kind               text NOT NULL CHECK (kind IN
                       ('SOCIAL_GROUP', 'PRIVATE_NON_ENTERPRISE', 'FOUNDATION', 'FILED',
                        'ENTERPRISE', 'INSTITUTION', 'COMMITTEE')),
    functional_type    text NOT NULL CHECK (functional_type IN
                       ('HUB', 'SOCIAL_SERVICE', 'CHARITY', 'OTHER')),
    origin             text NOT NULL CHECK (origin IN ('LOCAL', 'OUTSIDE')),
    sponsor_body       text CHECK (length(sponsor_body) BETWEEN 1 AND 100),
    registrar_division text NOT NULL CHECK (registrar_division ~ '^[1-9][0-9]{11}$'),
    community_id       uuid,
    fields             text[] NOT NULL CHECK (fields <@ ARRAY
                       ['SERVICE', 'CHARITY', 'MUTUAL_AID', 'CULTURE_SPORT', 'RURAL_TECH']),
    -- Residents who lead, own or direct it: for conflicts of interest alone.
    related_residents  uuid[] NOT NULL,
    status             text NOT NULL,
    status_reason      text,
    registered_on      date,
    legal_person       boolean NOT NULL GENERATED ALWAYS AS
                       (kind <> 'FILED' AND status IN ('REGISTERED', 'ABNORMAL', 'REVOKED')) STORED,
    demo               boolean NOT NULL,
    version            integer NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,

    CONSTRAINT uscc_override CHECK
        (num_nonnulls(override_reason, override_by, override_at) IN (0, 3)),
    CONSTRAINT uscc_check_digit CHECK (uscc IS NULL OR uscc_valid(uscc)
        OR (uscc ~ '^[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}$'
            AND override_reason IS NOT NULL)),
    CONSTRAINT uscc_kind_mismatch CHECK (uscc IS NULL OR CASE left(uscc, 2)
        WHEN '51' THEN kind = 'SOCIAL_GROUP'
        WHEN '52' THEN kind = 'PRIVATE_NON_ENTERPRISE'
        WHEN '53' THEN kind = 'FOUNDATION'
        WHEN '54' THEN kind = 'COMMITTEE'
        WHEN '55' THEN kind = 'COMMITTEE'
        ELSE left(uscc, 1) NOT IN ('5', '9')
             OR kind NOT IN ('SOCIAL_GROUP', 'PRIVATE_NON_ENTERPRISE', 'FOUNDATION') END),
    CONSTRAINT uscc_missing CHECK
        (kind = 'FILED' OR uscc IS NOT NULL OR status IN ('PREPARING', 'DISSOLVED')),
    CONSTRAINT field_missing CHECK (kind <> 'FILED' OR cardinality(fields) >= 1),
    CONSTRAINT organization_standing CHECK (CASE kind
        WHEN 'FILED' THEN status NOT IN ('PREPARING', 'REGISTERED')
        ELSE status <> 'FILED' END),
    CONSTRAINT registered_on_missing CHECK
        (registered_on IS NOT NULL OR status IN ('PREPARING', 'DISSOLVED'))
);
-- Within one registrar no two living organisations carry the same name.
CREATE UNIQUE INDEX organization_name_exists ON organizations (registrar_division, name)
    WHERE status NOT IN ('REVOKED', 'DISSOLVED');
CREATE INDEX organizations_by_division ON organizations (registrar_division text_pattern_ops, id);
CREATE INDEX organizations_by_status ON organizations (status, id);

-- The legal moves; the domain holds the same table and a test compares them.
CREATE TABLE organization_transitions (
    from_state text NOT NULL,
    to_state   text NOT NULL,
    PRIMARY KEY (from_state, to_state)
);
INSERT INTO organization_transitions VALUES
    ('PREPARING', 'REGISTERED'), ('PREPARING', 'DISSOLVED'),
    ('FILED', 'ABNORMAL'), ('FILED', 'REVOKED'), ('FILED', 'DISSOLVED'),
    ('REGISTERED', 'ABNORMAL'), ('REGISTERED', 'REVOKED'), ('REGISTERED', 'DISSOLVED'),
    ('ABNORMAL', 'FILED'), ('ABNORMAL', 'REGISTERED'),
    ('ABNORMAL', 'REVOKED'), ('ABNORMAL', 'DISSOLVED'),
    ('REVOKED', 'DISSOLVED');
REVOKE INSERT, UPDATE, DELETE ON organization_transitions FROM sanshe_app;

CREATE FUNCTION organizations_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.status NOT IN ('PREPARING', 'FILED', 'REGISTERED') THEN
            PERFORM sanshe_refuse('ORGANIZATION_STATUS',
                '组织只能从筹备、备案或登记开始',
                'an organisation begins as PREPARING, FILED or REGISTERED');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.registrar_division <> OLD.registrar_division
       OR NEW.created_at <> OLD.created_at
       OR (OLD.registered_on IS NOT NULL AND NEW.registered_on IS DISTINCT FROM OLD.registered_on) THEN
        PERFORM sanshe_refuse('ORGANIZATION_ORIGIN',
            '组织的类别、登记机关和登记日期不可更改',
            'kind, registrar and day of registration of an organisation never change');
    END IF;
    IF OLD.status <> 'PREPARING' AND (NEW.uscc, NEW.override_reason, NEW.override_by, NEW.override_at)
        IS DISTINCT FROM (OLD.uscc, OLD.override_reason, OLD.override_by, OLD.override_at) THEN
        PERFORM sanshe_refuse('USCC_FIXED', '统一社会信用代码终身不变',
            'a unified social credit code never changes');
    END IF;
    IF NEW.status <> OLD.status AND NOT EXISTS (
        SELECT 1 FROM organization_transitions t
        WHERE t.from_state = OLD.status AND t.to_state = NEW.status) THEN
        PERFORM sanshe_refuse('ORGANIZATION_STATUS',
            format('组织不能从 %s 变为 %s', OLD.status, NEW.status),
            format('an organisation cannot go from %s to %s', OLD.status, NEW.status));
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER organizations_guard BEFORE INSERT OR UPDATE ON organizations
    FOR EACH ROW EXECUTE FUNCTION organizations_guard();

-- The register forgets nobody.
REVOKE DELETE ON organizations FROM sanshe_app;
