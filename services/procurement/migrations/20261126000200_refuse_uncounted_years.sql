-- A working day of a year whose notice was not loaded is not counted by the
-- ordinary week: the program refuses such a term by name, and so does this.
CREATE OR REPLACE FUNCTION prc_working_days(first_day date, last_day date) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE missing integer;
BEGIN
    SELECT y INTO missing
    FROM generate_series(extract(year FROM first_day + 1)::integer, extract(year FROM last_day)::integer) AS y
    WHERE first_day < last_day AND NOT EXISTS (SELECT 1 FROM calendar_years c WHERE c.year = y)
    ORDER BY y LIMIT 1;
    IF missing IS NOT NULL THEN
        PERFORM sanshe_refuse('CALENDAR_YEAR_MISSING',
            format('%s 年的工作日历尚未导入,无法计算此期限', missing),
            format('the working-day calendar of %s is not loaded, so this term cannot be counted', missing));
    END IF;
    RETURN (
        SELECT count(*) FROM generate_series(first_day + 1, last_day, interval '1 day') AS d (day)
        LEFT JOIN calendar_days c ON c.day = d.day::date
        WHERE coalesce(c.working, extract(isodow FROM d.day) < 6));
END
$$;
