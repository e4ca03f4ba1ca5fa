-- Until when minutes count goes by the levels of a code, not by its zeros: a rule of
-- 230110 is none of 230111.
CREATE OR REPLACE FUNCTION credit_expiry(division text, day date) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p.value > 0 THEN (day + make_interval(months => p.value::integer))::date
                ELSE 'infinity'::date END
    FROM policy_parameters p
    WHERE p.key = 'ec.credit.expire_months' AND p.effective @> day
      AND p.division IN ('', left(credit_expiry.division, 2) || '0000000000', left(credit_expiry.division, 4) || '00000000',
                         left(credit_expiry.division, 6) || '000000', left(credit_expiry.division, 9) || '000',
                         credit_expiry.division)
    ORDER BY length(rtrim(p.division, '0')) DESC LIMIT 1
$$;
