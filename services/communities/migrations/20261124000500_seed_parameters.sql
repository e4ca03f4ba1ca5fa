-- Rules of residents' self-government. The law was revised on 2025-10-28; the
-- numbers of the new text await confirmation by the city and say so.
INSERT INTO policy_parameters (key, division, value, unit, effective, source)
SELECT 'com.ballot.quorum_percent.' || unit, '', 50, 'percent, more than', effective, source
FROM (VALUES ('person'), ('household'), ('representative')) AS units (unit),
     (VALUES
        ('[2018-12-29,2026-01-01)'::daterange,
         '中华人民共和国城市居民委员会组织法(2018 修正)第十条:过半数出席,出席人的过半数通过'),
        ('[2026-01-01,)',
         '城市居民委员会组织法(2025-10-28 修订,2026-01-01 施行);示范默认值,待市级文件核定')
     ) AS texts (effective, source);

INSERT INTO policy_parameters (key, division, value, unit, effective, source) VALUES
    ('com.proposal.seconds', '', 3, 'residents', '[2018-01-01,)', '示范默认值,待市级文件核定'),
    ('com.decision.publicity_days', '', 5, 'working days', '[2018-01-01,)', '示范默认值,待市级文件核定'),
    ('com.voter.min_age', '', 18, 'years', '[1990-01-01,)',
     '中华人民共和国城市居民委员会组织法:年满十八周岁');
