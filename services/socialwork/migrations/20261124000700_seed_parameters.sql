-- Numbers of the profession. Those the pilot plan leaves open carry a default
-- for development and say so.
INSERT INTO policy_parameters (key, division, value, unit, effective, source) VALUES
    ('sw.registration.cycle_years', '', 3, 'years', '[2009-01-01,)',
     '民政部《社会工作者职业水平证书登记办法》:登记有效期 3 年'),
    ('sw.cpd.assistant_hours', '', 72, 'hours per cycle', '[2009-01-01,)',
     '民政部《社会工作者继续教育办法》:助理社会工作师每个登记周期不少于 72 小时'),
    ('sw.cpd.social_worker_hours', '', 90, 'hours per cycle', '[2009-01-01,)',
     '民政部《社会工作者继续教育办法》:社会工作师每个登记周期不少于 90 小时'),
    ('sw.cpd.senior_hours', '', 90, 'hours per cycle', '[2009-01-01,)',
     '民政部《社会工作者继续教育办法》:高级社会工作师每个登记周期不少于 90 小时'),
    ('sw.municipal.training_hours', '', 80, 'hours', '[2009-01-01,)', '示范默认值,待市级文件核定'),
    ('sw.municipal.pass_mark', '', 60, 'points of 100', '[2009-01-01,)', '示范默认值,待市级文件核定'),
    ('sw.volunteer.adult_age', '', 18, 'years', '[1987-01-01,)',
     '中华人民共和国民法典第十七条(此前为民法通则第十一条):十八周岁以上为成年人');
