-- A resident learns why a need is not taken up, and a need that nobody looks at
-- is seen: by when it is due is fixed with the report. Calendar days: a report is
-- taken in whatever is known of the year's holidays.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('com.need.verify_days', 7, 'days', '[2018-01-01,)', '示范默认值,待市级文件核定(需求核实期限)');

ALTER TABLE needs
    ADD COLUMN refusal_reason text CHECK (length(refusal_reason) BETWEEN 1 AND 500),
    ADD COLUMN verify_by timestamptz;
UPDATE needs SET verify_by = reported_at + interval '7 days' WHERE state = 'REPORTED';

-- NOT VALID: what was refused before keeps standing, whatever is written obeys.
ALTER TABLE needs ADD CONSTRAINT need_refusal_reason
    CHECK ((state = 'REFUSED') = (refusal_reason IS NOT NULL)) NOT VALID;
CREATE INDEX needs_unverified ON needs (verify_by) WHERE state = 'REPORTED';
