-- 能力认定 (A42): who takes home-based elder care on their own, and when.
CREATE TABLE certifications (
    id              uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    capability      text NOT NULL CHECK (capability IN ('ELDER_CARE')),
    valid_from      date NOT NULL,
    valid_to        date NOT NULL,
    evidence        text NOT NULL CHECK (length(evidence) BETWEEN 1 AND 1000),
    certified_by    text NOT NULL,
    certified_at    timestamptz NOT NULL,
    revoked_on      date,
    revoke_reason   text CHECK (length(revoke_reason) BETWEEN 1 AND 500),
    revoked_by      text,
    CONSTRAINT valid_range CHECK (valid_to >= valid_from),
    CONSTRAINT revocation_whole CHECK
        (num_nonnulls(revoked_on, revoke_reason, revoked_by) IN (0, 3)),
    CONSTRAINT certification_overlap EXCLUDE USING gist
        (organization_id WITH =, capability WITH =, daterange(valid_from, valid_to, '[]') WITH &&)
        WHERE (revoked_on IS NULL)
);
CREATE INDEX certifications_of ON certifications (organization_id, valid_from);

CREATE FUNCTION certifications_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    standing text;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT status INTO standing FROM organizations WHERE id = NEW.organization_id FOR SHARE;
        IF standing <> 'REGISTERED' THEN
            PERFORM sanshe_refuse('ORGANIZATION_NOT_CERTIFIABLE', '独立承接居家养老须为已登记的法人',
                'only a registered legal person takes elder care on its own');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.revoked_on IS NOT NULL THEN
        PERFORM sanshe_refuse('CERTIFICATION_REVOKED', '该认定已被撤销',
            'this certification has been revoked already');
    END IF;
    IF (to_jsonb(NEW) - ARRAY['revoked_on', 'revoke_reason', 'revoked_by'])
       <> (to_jsonb(OLD) - ARRAY['revoked_on', 'revoke_reason', 'revoked_by']) THEN
        PERFORM sanshe_refuse('CERTIFICATION_FIXED', '认定内容不可更改,只能撤销',
            'a certification never changes; it can only be revoked');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER certifications_guard BEFORE INSERT OR UPDATE ON certifications
    FOR EACH ROW EXECUTE FUNCTION certifications_guard();
CREATE TRIGGER certifications_stay BEFORE DELETE OR TRUNCATE ON certifications
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON certifications FROM sanshe_app;
GRANT UPDATE (revoked_on, revoke_reason, revoked_by) ON certifications TO sanshe_app;
