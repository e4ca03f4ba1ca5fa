-- 工作日历. Days that differ from Monday-to-Friday: public holidays and the
-- weekend days worked in exchange (调休). Rows come from the yearly notice of
-- the General Office of the State Council; a year without rows counts
-- Monday to Friday until its notice is loaded by a migration.
CREATE TABLE calendar_days (
    day     date    PRIMARY KEY,
    working boolean NOT NULL,
    name    text    NOT NULL CHECK (name <> ''),
    source  text    NOT NULL CHECK (source <> '')
);
REVOKE INSERT, UPDATE, DELETE ON calendar_days FROM sanshe_app;

INSERT INTO calendar_days (day, working, name, source)
SELECT day::date, false, name, '国务院办公厅关于2026年部分节假日安排的通知'
FROM (VALUES
    ('2026-01-01'::date, '2026-01-03'::date, '元旦'),
    ('2026-02-15', '2026-02-23', '春节'),
    ('2026-04-04', '2026-04-06', '清明节'),
    ('2026-05-01', '2026-05-05', '劳动节'),
    ('2026-06-19', '2026-06-21', '端午节'),
    ('2026-09-25', '2026-09-27', '中秋节'),
    ('2026-10-01', '2026-10-07', '国庆节')) AS holidays (first, last, name),
    generate_series(first, last, interval '1 day') AS day;

INSERT INTO calendar_days (day, working, name, source)
SELECT day, true, name, '国务院办公厅关于2026年部分节假日安排的通知'
FROM (VALUES
    ('2026-01-04'::date, '元旦调休上班'),
    ('2026-02-14', '春节调休上班'),
    ('2026-02-28', '春节调休上班'),
    ('2026-05-09', '劳动节调休上班'),
    ('2026-09-20', '国庆节调休上班'),
    ('2026-10-10', '国庆节调休上班')) AS swaps (day, name);
