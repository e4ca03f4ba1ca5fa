-- 志愿服务记录证明: free, true, and verifiable by its code alone. It names the
-- records it rests on, so a later correction shows.
CREATE SEQUENCE volunteer_certificate_numbers;
GRANT USAGE ON SEQUENCE volunteer_certificate_numbers TO sanshe_app;

CREATE TABLE volunteer_certificates (
    id           uuid PRIMARY KEY,
    volunteer_id uuid NOT NULL REFERENCES volunteers (id),
    number       text NOT NULL CONSTRAINT certificate_number UNIQUE,
    code         text NOT NULL CONSTRAINT certificate_code UNIQUE CHECK (code ~ '^[0-9A-F]{20}$'),
    from_date    date NOT NULL,
    to_date      date NOT NULL,
    records      bigint NOT NULL CHECK (records > 0),
    minutes      bigint NOT NULL CHECK (minutes > 0),
    issued_by    text NOT NULL CHECK (issued_by <> ''),
    issued_at    timestamptz NOT NULL,
    CONSTRAINT certificate_period CHECK (from_date <= to_date)
);
CREATE INDEX volunteer_certificates_by_volunteer ON volunteer_certificates (volunteer_id, id);

CREATE TABLE volunteer_certificate_records (
    certificate_id uuid NOT NULL REFERENCES volunteer_certificates (id),
    record_id      uuid NOT NULL REFERENCES volunteer_records (id),
    PRIMARY KEY (certificate_id, record_id)
);
CREATE INDEX volunteer_certificate_records_by_record ON volunteer_certificate_records (record_id);

-- What a certificate says is what its records say; judged at commit, when all
-- rows stand.
CREATE FUNCTION volunteer_certificate_true() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said volunteer_certificates;
    so   record;
BEGIN
    SELECT * INTO said FROM volunteer_certificates
    WHERE id = CASE TG_TABLE_NAME WHEN 'volunteer_certificates' THEN (to_jsonb(NEW) ->> 'id')::uuid
                                  ELSE (to_jsonb(NEW) ->> 'certificate_id')::uuid END;
    SELECT count(*) AS records, coalesce(sum(r.minutes), 0) AS minutes,
           coalesce(bool_and(r.volunteer_id = said.volunteer_id AND r.reverses IS NULL
               AND r.reversed_by IS NULL
               AND (r.in_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN said.from_date AND said.to_date),
           false) AS sound
    INTO so
    FROM volunteer_certificate_records i JOIN volunteer_records r ON r.id = i.record_id
    WHERE i.certificate_id = said.id;
    IF NOT so.sound OR so.records <> said.records OR so.minutes <> said.minutes THEN
        PERFORM sanshe_refuse('CERTIFICATE_UNTRUE', '证明与志愿服务记录不符',
            'the certificate does not agree with the records');
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER volunteer_certificate_true AFTER INSERT ON volunteer_certificates
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION volunteer_certificate_true();
CREATE CONSTRAINT TRIGGER volunteer_certificate_records_true AFTER INSERT ON volunteer_certificate_records
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION volunteer_certificate_true();

CREATE TRIGGER volunteer_certificates_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON volunteer_certificates
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
CREATE TRIGGER volunteer_certificate_records_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON volunteer_certificate_records
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON volunteer_certificates, volunteer_certificate_records FROM sanshe_app;
