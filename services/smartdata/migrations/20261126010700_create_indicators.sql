-- 指标 (A7, A60): counted by community from the base registers, rolled up by the
-- division code, told with where they come from. Small numbers tell of persons
-- and are covered.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('scd.indicator.min_cell', 5, 'persons', '[2018-01-01,)',
     '示范默认值,待市级文件核定(统计公开的最小单元,小于此数不予公布)'),
    ('scd.indicator.elder_age', 60, 'years', '[2013-07-01,)',
     '《中华人民共和国老年人权益保障法》第二条');

CREATE TABLE indicators (
    code       text PRIMARY KEY CHECK (code ~ '^[A-Z][A-Z0-9_]{1,39}$'),
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    unit       text NOT NULL CHECK (unit <> ''),
    -- Whether a small number could tell of a person.
    personal   boolean NOT NULL,
    -- From which register, and how it is counted.
    provenance text NOT NULL CHECK (length(provenance) BETWEEN 1 AND 500)
);
REVOKE INSERT, UPDATE, DELETE ON indicators FROM sanshe_app;
INSERT INTO indicators VALUES
    ('RESIDENTS', '在册居民', '人', true, '人口库 residents:状态为在册的居民'),
    ('VERIFIED_RESIDENTS', '已核验居民', '人', true, '人口库 residents:在册且身份已核验的居民'),
    ('ELDERS', '老年居民', '人', true, '人口库 residents:在册且达到法定老年年龄(参数 scd.indicator.elder_age)的居民'),
    ('HOUSEHOLDS', '户数', '户', true, '人口库 households:现有成员的户'),
    ('GRIDS', '网格', '个', false, '地理库 grids'),
    ('GRIDS_WITH_LEAD', '有网格长的网格', '个', false, '地理库 grid_leads:现任'),
    ('EVENTS', '网格事件', '件', false, '事件库 events:已立案(不含并案与不予立案)'),
    ('EVENTS_OPEN', '在办事件', '件', false, '事件库 events:已立案未结案'),
    ('EVENTS_IN_TIME', '按时结案事件', '件', false, '事件库 events:结案时间早于办结时限'),
    ('EVENTS_CLOSED', '已结案事件', '件', false, '事件库 events:已结案或已评价'),
    ('CASES', '一站式办件', '件', true, '办件库 one_stop_cases:全部'),
    ('CASES_IN_TIME', '按时办结办件', '件', true, '办件库 one_stop_cases:办结时间早于办结时限'),
    ('CASES_DECIDED', '已办结办件', '件', true, '办件库 one_stop_cases:已办结'),
    ('ORDERS_DONE', '完成的便民服务', '单', true, '订单库 convenience_orders:已完成或已评价');

-- One row for each indicator and community that has any.
CREATE FUNCTION indicator_counts(today date, elder_age integer)
RETURNS TABLE (code text, community_code text, amount bigint) LANGUAGE sql STABLE AS $$
    SELECT c.code, r.community_code, count(*)
    FROM residents r CROSS JOIN LATERAL (VALUES
        ('RESIDENTS', true),
        ('VERIFIED_RESIDENTS', r.verified_at IS NOT NULL),
        ('ELDERS', r.birth_date <= today - make_interval(years => elder_age))) AS c (code, counted)
    WHERE r.status = 'ALIVE' AND c.counted GROUP BY 1, 2
    UNION ALL
    SELECT 'HOUSEHOLDS', h.community_code, count(*) FROM households h
    WHERE EXISTS (SELECT 1 FROM household_members m WHERE m.household_id = h.id AND upper_inf(m.period))
    GROUP BY 2
    UNION ALL
    SELECT 'GRIDS', g.community_code, count(*) FROM grids g GROUP BY 2
    UNION ALL
    SELECT 'GRIDS_WITH_LEAD', g.community_code, count(*) FROM grids g
    WHERE EXISTS (SELECT 1 FROM grid_leads l WHERE l.grid_id = g.id AND upper_inf(l.period)) GROUP BY 2
    UNION ALL
    SELECT c.code, e.division_code, count(*)
    FROM events e CROSS JOIN LATERAL (VALUES
        ('EVENTS', true),
        ('EVENTS_OPEN', e.closed_at IS NULL),
        ('EVENTS_CLOSED', e.closed_at IS NOT NULL),
        ('EVENTS_IN_TIME', e.closed_at < e.due_at)) AS c (code, counted)
    WHERE e.state NOT IN ('REPORTED', 'MERGED', 'INVALID') AND c.counted GROUP BY 1, 2
    UNION ALL
    SELECT c.code, o.division_code, count(*)
    FROM one_stop_cases o CROSS JOIN LATERAL (VALUES
        ('CASES', true),
        ('CASES_DECIDED', o.decided_at IS NOT NULL),
        ('CASES_IN_TIME', o.decided_at < o.decide_by)) AS c (code, counted)
    WHERE c.counted GROUP BY 1, 2
    UNION ALL
    SELECT 'ORDERS_DONE', o.division_code, count(*) FROM convenience_orders o
    WHERE o.done_at IS NOT NULL GROUP BY 2
$$;
