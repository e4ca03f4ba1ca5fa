-- 已导入的年份: a year without its notice is not a year of ordinary weeks. Whether
-- a year was loaded is therefore said, and a term that reaches into one that was
-- not is refused by name instead of being counted without its holidays.
CREATE TABLE calendar_years (
    year      integer     PRIMARY KEY CHECK (year BETWEEN 1950 AND 2200),
    source    text        NOT NULL CHECK (source <> ''),
    loaded_at timestamptz NOT NULL
);
REVOKE INSERT, UPDATE, DELETE ON calendar_years FROM sanshe_app;

INSERT INTO calendar_years (year, source, loaded_at)
SELECT extract(year FROM day)::integer, min(source), now() FROM calendar_days GROUP BY 1;
