-- 收费分档 (A54): 无偿, 成本化, 低偿, 有偿. Rules are rows with the days they
-- hold; the first that fits (lowest priority number) decides.
CREATE TABLE tier_rules (
    code        text PRIMARY KEY,
    line        text NOT NULL CHECK (line IN
                ('DAY_CARE', 'HOUSEKEEPING', 'MEDICAL', 'ERRAND', 'ESCORT', 'MEALS')),
    priority    integer NOT NULL,
    category    text,
    min_level   integer CHECK (min_level BETWEEN 0 AND 4),
    lives_alone boolean,
    tier        text NOT NULL CHECK (tier IN ('FREE', 'COST', 'LOW', 'PAID')),
    valid_from  date NOT NULL,
    valid_to    date,
    source      text NOT NULL CHECK (source <> ''),
    CONSTRAINT tier_rule_overlap EXCLUDE USING gist
        (line WITH =, priority WITH =, daterange(valid_from, valid_to) WITH &&)
);
REVOKE INSERT, UPDATE, DELETE ON tier_rules FROM sanshe_app;

INSERT INTO tier_rules (code, line, priority, category, min_level, lives_alone, tier, valid_from, source)
SELECT line || '/' || rule, line, priority, category, min_level, NULL, tier, '2020-01-01',
       '示范默认值,待市级文件核定'
FROM unnest(ARRAY['DAY_CARE', 'HOUSEKEEPING', 'MEDICAL', 'ERRAND', 'ESCORT', 'MEALS']) AS line,
    (VALUES
        ('SPECIAL_HARDSHIP', 10, 'SPECIAL_HARDSHIP', NULL::integer, 'FREE'),
        ('LOW_INCOME_DISABLED', 20, 'LOW_INCOME', 2, 'FREE'),
        ('BEREAVED_PARENT', 30, 'BEREAVED_PARENT', NULL, 'FREE'),
        ('LOW_INCOME', 40, 'LOW_INCOME', NULL, 'LOW'),
        ('KEY_EMPTY_NEST', 50, 'KEY_EMPTY_NEST', NULL, 'LOW'),
        ('PREFERENTIAL_TREATMENT', 60, 'PREFERENTIAL_TREATMENT', NULL, 'COST'),
        ('SEVERELY_DISABLED', 70, NULL, 3, 'COST'),
        ('OTHERWISE', 1000, NULL, NULL, 'PAID')
    ) AS rules (rule, priority, category, min_level, tier);

-- The rule that decides for these inputs on a day.
CREATE FUNCTION tier_rule_for(
    line text, category text, level integer, lives_alone boolean, on_date date) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT r.code FROM tier_rules r
    WHERE r.line = $1
      AND (r.category IS NULL OR r.category = $2)
      AND (r.min_level IS NULL OR coalesce($3 >= r.min_level, false))
      AND (r.lives_alone IS NULL OR r.lives_alone = $4)
      AND daterange(r.valid_from, r.valid_to) @> $5
    ORDER BY r.priority LIMIT 1
$$;

CREATE TABLE tier_decisions (
    id             uuid PRIMARY KEY,
    elder_id       uuid NOT NULL REFERENCES elders (resident_id),
    line           text NOT NULL,
    tier           text NOT NULL,
    rule_code      text NOT NULL REFERENCES tier_rules (code),
    category       text NOT NULL,
    level          integer,
    lives_alone    boolean NOT NULL,
    inputs_hash    text NOT NULL CHECK (inputs_hash ~ '^[0-9a-f]{64}$'),
    explanation_zh text NOT NULL,
    explanation_en text NOT NULL,
    decided_at     timestamptz NOT NULL,
    period_from    date NOT NULL,
    period_to      date NOT NULL CHECK (period_to >= period_from),
    CONSTRAINT tier_decision_overlap EXCLUDE USING gist
        (elder_id WITH =, line WITH =, daterange(period_from, period_to) WITH &&)
);
-- A later decision ends the one before.
REVOKE UPDATE, DELETE ON tier_decisions FROM sanshe_app;
GRANT UPDATE (period_to) ON tier_decisions TO sanshe_app;

CREATE FUNCTION tier_decisions_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    rule text := tier_rule_for(NEW.line, NEW.category, NEW.level, NEW.lives_alone, NEW.period_from);
BEGIN
    IF rule IS DISTINCT FROM NEW.rule_code
       OR NEW.tier <> (SELECT r.tier FROM tier_rules r WHERE r.code = rule) THEN
        PERFORM sanshe_refuse('TIER_NOT_BY_RULE', '收费档次须由生效规则得出',
            'a tier follows from the rule in force');
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER tier_decisions_guard BEFORE INSERT ON tier_decisions
    FOR EACH ROW EXECUTE FUNCTION tier_decisions_guard();
