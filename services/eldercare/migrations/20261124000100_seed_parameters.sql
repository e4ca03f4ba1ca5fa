-- The numbers of this service. Where no city document was found yet, the row
-- says so: the authority replaces it by a row with a later beginning.
INSERT INTO policy_parameters (key, value, unit, effective, source) VALUES
    ('ec.elder.min_age', 60, 'years', '[2013-07-01,)',
     '《中华人民共和国老年人权益保障法》第二条'),
    ('ec.assessment.min_assessors', 2, 'persons', '[2023-01-01,)',
     'GB/T 42195-2022《老年人能力评估规范》;DB11/T 1754-2024'),
    ('ec.assessment.valid_months', 12, 'months', '[2023-01-01,)',
     '示范默认值,待市级文件核定(常规评估周期)'),
    ('ec.tier.valid_months', 12, 'months', '[2023-01-01,)',
     '示范默认值,待市级文件核定(分档决定有效期)'),
    ('ec.credit.cap_minutes', 90000, 'minutes', '[2019-01-01,)',
     '示范默认值,待市级文件核定(参照南京市 2019 年时间银行办法:个人上限 1500 小时)'),
    ('ec.visit.max_minutes', 480, 'minutes', '[2019-01-01,)',
     '示范默认值,待市级文件核定(单次上门服务计时上限)'),
    ('ec.visit.early_minutes', 120, 'minutes', '[2019-01-01,)',
     '示范默认值,待市级文件核定(可提前签到的时长)');
