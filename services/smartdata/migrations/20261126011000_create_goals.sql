-- 联动目标 (A7): the five outcomes that the plan names, what shows them, and what
-- each year came to. Targets are set by offices and stand in a table of their own.

-- The digits that the codes of all that lies in a division begin with.
CREATE FUNCTION division_prefix(code text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT left(code, CASE
        WHEN substr(code, 10) <> '000' THEN 12
        WHEN substr(code, 7, 3) <> '000' THEN 9
        WHEN substr(code, 5, 2) <> '00' THEN 6
        WHEN substr(code, 3, 2) <> '00' THEN 4
        ELSE 2 END)
$$;
-- The city whose year a place is counted in; none of what lies in a province alone.
CREATE FUNCTION city_of(code text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN substr(code, 3, 2) <> '00' THEN left(code, 4) || '00000000' END
$$;

CREATE TABLE goals (
    code   text PRIMARY KEY CHECK (code ~ '^[A-Z][A-Z_]{1,39}$'),
    place  integer NOT NULL UNIQUE CHECK (place > 0),
    name   text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    source text NOT NULL CHECK (length(source) BETWEEN 1 AND 500)
);
REVOKE INSERT, UPDATE, DELETE ON goals FROM sanshe_app;
INSERT INTO goals
SELECT g.code, g.place, g.name, '《关于开展“三社联动”试点工作实施方案》二、工作理念:实现五大联动目标'
FROM (VALUES
    ('GUIDANCE',      1, '政府规范引导'),
    ('PARTICIPATION', 2, '社区居民广泛参与'),
    ('ORGANIZATIONS', 3, '社会组织治理能力提升'),
    ('WORKFORCE',     4, '专业社工队伍壮大'),
    ('INNOVATION',    5, '社区体制的创新变革')) AS g (code, place, name);

CREATE TABLE goal_indicators (
    code       text PRIMARY KEY CHECK (code ~ '^[A-Z][A-Z_]{1,39}$'),
    goal       text NOT NULL REFERENCES goals (code),
    place      integer NOT NULL UNIQUE,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    unit       text NOT NULL CHECK (unit <> ''),
    -- Whether a small number could tell of a person.
    personal   boolean NOT NULL,
    -- Whether more is better, or less.
    direction  text NOT NULL CHECK (direction IN ('MORE', 'LESS')),
    -- IN_YEAR: what happened in the year. STANDING: what began and has not ended.
    -- REGISTER: counted by a rule of its own. NONE: nobody tells of it yet.
    measure    text NOT NULL CHECK (measure IN ('IN_YEAR', 'STANDING', 'REGISTER', 'NONE')),
    -- The happening that counts, and the one that takes it back.
    counts     text,
    takes_back text,
    provenance text NOT NULL CHECK (length(provenance) BETWEEN 1 AND 500),
    CONSTRAINT goal_indicator_counts CHECK ((counts IS NOT NULL) = (measure IN ('IN_YEAR', 'STANDING'))
        AND (takes_back IS NULL OR counts IS NOT NULL) AND (measure <> 'STANDING' OR takes_back IS NOT NULL))
);
REVOKE INSERT, UPDATE, DELETE ON goal_indicators FROM sanshe_app;
INSERT INTO goal_indicators VALUES
    ('WORK_LISTS', 'GUIDANCE', 11, '生效的社区工作清单', '份', false, 'MORE',
     'IN_YEAR', 'WORK_LIST_IN_FORCE', NULL, '社区服务:本年生效的清单(communities.work_list.in_force)'),
    ('CONTRACTS', 'GUIDANCE', 12, '签订的政府购买服务合同', '份', false, 'MORE',
     'IN_YEAR', 'CONTRACT_SIGNED', NULL, '政府采购:本年签订的合同(procurement.contract.signed)'),
    ('EVENTS_OVERDUE', 'GUIDANCE', 13, '超时的网格事件', '件', false, 'LESS',
     'REGISTER', NULL, NULL, '事件库 events:本年到期而未按时结案的事件(不含并案与不予立案)'),
    ('NEEDS', 'PARTICIPATION', 21, '居民上报的需求', '件', true, 'MORE',
     'IN_YEAR', 'NEED_REPORTED', NULL, '社区服务:本年上报的需求(communities.need.reported)'),
    ('PROPOSALS_DECIDED', 'PARTICIPATION', 22, '居民表决的议题', '件', false, 'MORE',
     'IN_YEAR', 'PROPOSAL_DECIDED', NULL, '社区服务:本年计票的表决(communities.proposal.decided)'),
    ('RESULTS_RATED', 'PARTICIPATION', 23, '居民评价的办理结果', '件', true, 'MORE',
     'IN_YEAR', 'RESULT_RATED', NULL, '社区服务:本年作出的评价(communities.result.rated)'),
    ('EVALUATIONS', 'PARTICIPATION', 24, '居民评议居委会', '次', false, 'MORE',
     'IN_YEAR', 'EVALUATION_PUBLISHED', NULL, '社区服务:本年公布的评议(communities.evaluation.published)'),
    ('VOLUNTEER_VISITS', 'PARTICIPATION', 25, '志愿者完成的上门服务', '次', true, 'MORE',
     'IN_YEAR', 'VOLUNTEER_VISIT', 'VISIT_VOIDED', '居家养老:本年结算、未被稽核撤销的上门服务(eldercare.visit.settled、.voided)'),
    ('GRADUATES', 'ORGANIZATIONS', 31, '孵化出壳的社会组织', '家', false, 'MORE',
     'IN_YEAR', 'INCUBATEE_GRADUATED', NULL, '组织孵化:本年出壳的孵化(incubation.incubatee.changed)'),
    ('CENTRES_OPEN', 'ORGANIZATIONS', 32, '开放的培育孵化中心', '个', false, 'MORE',
     'STANDING', 'CENTRE_OPENED', 'CENTRE_CLOSED', '组织孵化:已开放、未关闭的中心(incubation.centre.changed)'),
    ('VIOLATIONS', 'ORGANIZATIONS', 33, '查实的承接方违约', '件', false, 'LESS',
     'IN_YEAR', 'VIOLATION_CONFIRMED', NULL, '政府采购:本年查实的违约(procurement.violation.confirmed)'),
    ('SOCIAL_WORKERS', 'WORKFORCE', 41, '在册的专业社工', '人', true, 'MORE',
     'NONE', NULL, NULL, '尚无来源:社会工作服务未发布社工登记、退出的事件'),
    ('POSTS_TAKEN', 'WORKFORCE', 42, '到岗的专业社工岗位', '个', false, 'MORE',
     'IN_YEAR', 'POST_TAKEN', NULL, '社会工作:本年有人到岗的岗位(socialwork.post.held,以到岗日计)'),
    ('STUDIOS_OPEN', 'WORKFORCE', 43, '启用的社区社会工作室', '个', false, 'MORE',
     'STANDING', 'STUDIO_OPENED', 'STUDIO_CLOSED', '社会工作:已启用、未关闭的工作室(socialwork.studio.moved)'),
    ('SUPERVISIONS', 'WORKFORCE', 44, '专业督导', '次', false, 'MORE',
     'IN_YEAR', 'SUPERVISION_COUNTED', NULL, '社会工作:本年双方确认的督导(socialwork.supervision.counted)'),
    ('SOCIAL_WORKER_VISITS', 'WORKFORCE', 45, '社工完成的上门服务', '次', true, 'MORE',
     'IN_YEAR', 'SOCIAL_WORKER_VISIT', 'VISIT_VOIDED', '居家养老:本年结算、未被稽核撤销的上门服务(eldercare.visit.settled、.voided)'),
    ('PILOTS', 'INNOVATION', 51, '批准的试点社区', '个', false, 'MORE',
     'IN_YEAR', 'PILOT_APPROVED', NULL, '社区服务:本年批准的试点(communities.pilot.approved)'),
    ('PILOTS_ENDED', 'INNOVATION', 52, '中止或退出的试点社区', '个', false, 'LESS',
     'IN_YEAR', 'PILOT_ENDED', NULL, '社区服务:本年中止、退出的试点(communities.pilot.ended)');

-- 年度结账: a city closes a year once, after it is over; what it came to stays.
CREATE TABLE goal_years (
    division_code text NOT NULL REFERENCES divisions (code)
                  CONSTRAINT goal_year_city CHECK (coalesce(city_of(division_code), '') = division_code),
    year          integer NOT NULL CHECK (year BETWEEN 2000 AND 2100),
    closed_by     text NOT NULL CHECK (closed_by <> ''),
    closed_at     timestamptz NOT NULL,
    CONSTRAINT goal_year_closed PRIMARY KEY (division_code, year),
    CONSTRAINT goal_year_not_over CHECK ((closed_at AT TIME ZONE 'Asia/Shanghai') >= make_date(year + 1, 1, 1))
);
CREATE TRIGGER goal_years_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON goal_years
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE UPDATE, DELETE ON goal_years FROM sanshe_app;

-- What a closed year came to, by the place where it was counted.
CREATE TABLE goal_snapshots (
    indicator     text NOT NULL REFERENCES goal_indicators (code),
    year          integer NOT NULL,
    division_code text NOT NULL,
    city_code     text NOT NULL GENERATED ALWAYS AS (city_of(division_code)) STORED,
    amount        bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (year, division_code, indicator),
    FOREIGN KEY (city_code, year) REFERENCES goal_years (division_code, year)
);
CREATE TRIGGER goal_snapshots_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON goal_snapshots
    FOR EACH STATEMENT EXECUTE FUNCTION sanshe_append_only();
REVOKE INSERT, UPDATE, DELETE ON goal_snapshots FROM sanshe_app;

-- What is counted now of a year, below a prefix: one row for each indicator and
-- place that has any.
CREATE FUNCTION goal_live(below text, of_year integer, now timestamptz)
RETURNS TABLE (code text, division_code text, amount bigint) LANGUAGE sql STABLE AS $$
    WITH span AS (
        SELECT make_date(of_year, 1, 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS starts,
               make_date(of_year + 1, 1, 1)::timestamp AT TIME ZONE 'Asia/Shanghai' AS ends)
    SELECT i.code, h.division_code, count(DISTINCT coalesce(h.subject_id, h.event_id))
    FROM span s CROSS JOIN goal_indicators i JOIN happenings h ON h.kind = i.counts
    WHERE i.measure = 'IN_YEAR' AND h.division_code LIKE below || '%'
      AND h.at >= s.starts AND h.at < s.ends AND h.at <= now
      AND NOT EXISTS (SELECT 1 FROM happenings b
          WHERE b.subject_id = h.subject_id AND b.kind = i.takes_back AND b.at <= now)
    GROUP BY 1, 2
    UNION ALL
    -- The last word on each thing, up to the end of the year, is that it began.
    SELECT l.code, l.division_code, count(*)
    FROM (SELECT DISTINCT ON (i.code, h.subject_id) i.code, h.division_code, h.kind = i.counts AS stands
          FROM span s CROSS JOIN goal_indicators i JOIN happenings h ON h.kind IN (i.counts, i.takes_back)
          WHERE i.measure = 'STANDING' AND h.division_code LIKE below || '%'
            AND s.starts <= now AND h.at < s.ends AND h.at <= now AND h.subject_id IS NOT NULL
          ORDER BY i.code, h.subject_id, h.at DESC, h.id DESC) AS l
    WHERE l.stands GROUP BY 1, 2
    UNION ALL
    SELECT 'EVENTS_OVERDUE', e.division_code, count(*)
    FROM span s CROSS JOIN events e
    WHERE e.state NOT IN ('REPORTED', 'MERGED', 'INVALID') AND e.division_code LIKE below || '%'
      AND e.due_at >= s.starts AND e.due_at < s.ends AND e.due_at < now
      AND (e.closed_at IS NULL OR e.closed_at > e.due_at)
    GROUP BY 2
$$;

-- The same, where a closed year stays what it came to.
CREATE FUNCTION goal_counts(below text, of_year integer, now timestamptz)
RETURNS TABLE (code text, division_code text, amount bigint) LANGUAGE sql STABLE AS $$
    SELECT l.code, l.division_code, l.amount FROM goal_live(below, of_year, now) l
    WHERE NOT EXISTS (SELECT 1 FROM goal_years y
        WHERE y.year = of_year AND y.division_code = city_of(l.division_code))
    UNION ALL
    SELECT s.indicator, s.division_code, s.amount FROM goal_snapshots s
    WHERE s.year = of_year AND s.division_code LIKE below || '%'
$$;

-- Who closes a year waits for targets under way, and those for who closes it.
CREATE FUNCTION goal_year_key(city text, of_year integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT hashtextextended('goal_year:' || city || ':' || of_year, 0)
$$;

CREATE FUNCTION goal_years_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(goal_year_key(NEW.division_code, NEW.year));
    RETURN NEW;
END
$$;
CREATE TRIGGER goal_years_open BEFORE INSERT ON goal_years
    FOR EACH ROW EXECUTE FUNCTION goal_years_open();

-- The database itself counts: nobody else writes what a year came to.
CREATE FUNCTION goal_years_freeze() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO goal_snapshots (indicator, year, division_code, amount)
    SELECT l.code, NEW.year, l.division_code, l.amount
    FROM goal_live(division_prefix(NEW.division_code), NEW.year, NEW.closed_at) l;
    RETURN NULL;
END
$$;
CREATE TRIGGER goal_years_freeze AFTER INSERT ON goal_years
    FOR EACH ROW EXECUTE FUNCTION goal_years_freeze();
