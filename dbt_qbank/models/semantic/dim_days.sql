-- Whole years around every date that an import may bring: 1970 is the first.
select cast(day as date) as day
from generate_series(
    timestamp '1970-01-01', date_trunc('year', now() at time zone 'UTC') + interval '2 years', interval '1 day'
) as calendar (day)
