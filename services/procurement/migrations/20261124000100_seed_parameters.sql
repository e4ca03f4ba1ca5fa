-- 采购的法定数字 (B8). Every term, count and weight that a rule of this service
-- reads, with the document it comes from. The triggers below read the same rows
-- as the program, on the day of the act.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('prc.open.bid_days', 20, '日', '[2003-01-01,)', '中华人民共和国政府采购法 第三十五条'),
    ('prc.consultation.bid_days', 10, '日', '[2014-12-31,)', '财库〔2014〕214号 政府采购竞争性磋商采购方式管理暂行办法'),
    ('prc.open.documents_working_days', 5, '工作日', '[2015-03-01,)', '政府采购法实施条例 第三十一条'),
    ('prc.consultation.documents_working_days', 5, '工作日', '[2014-12-31,)', '财库〔2014〕214号'),
    ('prc.open.clarification_days', 15, '日', '[2015-03-01,)', '政府采购法实施条例 第三十一条'),
    ('prc.consultation.clarification_days', 5, '日', '[2014-12-31,)', '财库〔2014〕214号'),
    ('prc.open.price_weight_min', 10, '%', '[2017-10-01,)', '财政部令第87号 第五十五条(服务项目)'),
    ('prc.open.price_weight_max', 100, '%', '[2017-10-01,)', '财政部令第87号 第五十五条(未设上限)'),
    ('prc.consultation.price_weight_min', 10, '%', '[2014-12-31,)', '财库〔2014〕214号(服务项目 10%–30%)'),
    ('prc.consultation.price_weight_max', 30, '%', '[2014-12-31,)', '财库〔2014〕214号(服务项目 10%–30%)'),
    ('prc.open.min_bids', 3, '家', '[2003-01-01,)', '中华人民共和国政府采购法 第三十六条'),
    ('prc.consultation.min_bids', 3, '家', '[2014-12-31,)', '财库〔2014〕214号'),
    ('prc.open.min_qualified', 3, '家', '[2003-01-01,)', '中华人民共和国政府采购法 第三十六条'),
    ('prc.consultation.min_qualified', 2, '家', '[2015-06-30,)', '财库〔2015〕124号(政府购买服务项目)'),
    ('prc.opening.unseal_minutes', 30, '分钟', '[2003-01-01,)', '示范默认值,待市级文件核定'),
    ('prc.open.panel_min', 5, '人', '[2017-10-01,)', '财政部令第87号 第四十七条'),
    ('prc.consultation.panel_min', 3, '人', '[2014-12-31,)', '财库〔2014〕214号'),
    ('prc.panel.large_min', 7, '人', '[2017-10-01,)', '财政部令第87号 第四十七条'),
    ('prc.panel.large_budget_fen', 1000000000, '分', '[2017-10-01,)', '财政部令第87号 第四十七条(预算金额 1000 万元以上)'),
    ('prc.panel.expert_thirds', 2, '三分之几', '[2017-10-01,)', '财政部令第87号 第四十七条(专家不少于三分之二)'),
    ('prc.panel.recusal_years', 3, '年', '[2015-03-01,)', '政府采购法实施条例 第九条'),
    ('prc.award.decide_working_days', 5, '工作日', '[2015-03-01,)', '政府采购法实施条例 第四十三条'),
    ('prc.award.notice_working_days', 2, '工作日', '[2015-03-01,)', '政府采购法实施条例 第四十三条'),
    ('prc.award.publicity_working_days', 1, '工作日', '[2017-10-01,)', '财政部令第87号 第六十九条'),
    ('prc.contract.sign_days', 30, '日', '[2003-01-01,)', '中华人民共和国政府采购法 第四十六条'),
    ('prc.contract.term_days', 365, '日', '[2020-03-01,)', '财政部令第102号(合同履行期限一般不超过一年)'),
    ('prc.archive.years', 15, '年', '[2003-01-01,)', '中华人民共和国政府采购法 第四十二条'),
    ('prc.acceptance.min_signatures', 2, '人', '[2015-03-01,)', '政府采购法实施条例 第四十五条要求邀请服务对象参与验收;人数为示范默认值,待市级文件核定');

-- The number in force, for triggers: the most specific division wins.
CREATE FUNCTION prc_parameter(wanted text, at_division text, on_day date) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE found numeric;
BEGIN
    SELECT p.value INTO found FROM policy_parameters p
    WHERE p.key = wanted AND p.effective @> on_day
      AND p.division IN ('', rpad(left(at_division, 2), 12, '0'), rpad(left(at_division, 4), 12, '0'),
                         rpad(left(at_division, 6), 12, '0'), rpad(left(at_division, 9), 12, '0'), at_division)
    ORDER BY length(rtrim(p.division, '0')) DESC LIMIT 1;
    IF found IS NULL THEN
        PERFORM sanshe_refuse('PARAMETER_MISSING',
            format('%s 没有生效的参数 %s', on_day, wanted),
            format('no value of %s is in force on %s', wanted, on_day));
    END IF;
    RETURN found::bigint;
END
$$;

-- The calendar day in China: legal days begin and end by it.
CREATE FUNCTION prc_day(at timestamptz) RETURNS date
LANGUAGE sql STABLE RETURN (at AT TIME ZONE 'Asia/Shanghai')::date;

-- Working days after the first day up to and including the last.
CREATE FUNCTION prc_working_days(first_day date, last_day date) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT count(*) FROM generate_series(first_day + 1, last_day, interval '1 day') AS d (day)
    LEFT JOIN calendar_days c ON c.day = d.day::date
    WHERE coalesce(c.working, extract(isodow FROM d.day) < 6)
$$;
