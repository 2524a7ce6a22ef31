SELECT
    w.item,
    w.question_id,
    w.version,
    w.n_day,
    w.n_before,
    w.p_day,
    w.p_before,
    w.p_difference,
    -- Against the difference that all items of the exam show together: a strong cohort is no fault of an item.
    -- The arcsine of the root has nearly the same variance everywhere, so that easy items do not cry wolf.
    w.p_difference - sum(w.p_difference * w.weight) OVER () / nullif(sum(w.weight) OVER (), 0) AS p_shift,
    (w.arc - sum(w.arc * w.weight) OVER () / nullif(sum(w.weight) OVER (), 0)) * sqrt(w.weight) AS p_z,
    w.n_timed_day,
    w.n_timed_before,
    exp(w.log_time_day) / 1000 AS time_day_seconds,
    exp(w.log_time_before) / 1000 AS time_before_seconds,
    exp(abs(w.log_time_day - w.log_time_before)) AS time_factor,
    (w.log_time_day - w.log_time_before)
    / nullif(w.sd_log_time_before * sqrt(1.0 / nullif(w.n_timed_day, 0) + 1.0 / nullif(w.n_timed_before, 0)), 0)
        AS time_z,
    o.n_day AS n_chosen_day,
    o.n_before AS n_chosen_before,
    o.distance AS option_distance,
    -- Pearson's chi-square as a standard normal deviate (Wilson and Hilferty 1931).
    CASE WHEN o.df > 0 THEN
        (power(o.chi_square / o.df, 1.0 / 3) - (1 - 2.0 / (9 * o.df))) / sqrt(2.0 / (9 * o.df))
    END AS option_z,
    o.shares,
    exam.share_right_shift,
    exam.volume,
    exam.n_day AS n_day_of_exam
FROM (
    SELECT
        each.*,
        each.p_day - each.p_before AS p_difference,
        2 * (asin(sqrt(each.p_day)) - asin(sqrt(each.p_before))) AS arc,
        1.0 / (1.0 / nullif(each.n_day, 0) + 1.0 / nullif(each.n_before, 0)) AS weight
    FROM (
        SELECT
            public.item_name(q.external_ref, q.home_exam_code, q.id, a.version) AS item,
            a.question_id,
            a.version,
            count(*) FILTER (WHERE a.day) AS n_day,
            count(*) FILTER (WHERE NOT a.day) AS n_before,
            avg(CAST(CAST(a.is_correct AS integer) AS double precision)) FILTER (WHERE a.day) AS p_day,
            avg(CAST(CAST(a.is_correct AS integer) AS double precision)) FILTER (WHERE NOT a.day) AS p_before,
            count(a.log_time) FILTER (WHERE a.day) AS n_timed_day,
            count(a.log_time) FILTER (WHERE NOT a.day) AS n_timed_before,
            avg(a.log_time) FILTER (WHERE a.day) AS log_time_day,
            avg(a.log_time) FILTER (WHERE NOT a.day) AS log_time_before,
            stddev_samp(a.log_time) FILTER (WHERE NOT a.day) AS sd_log_time_before
        FROM (
            SELECT
                f.question_id,
                f.version,
                f.is_correct,
                CASE WHEN NOT f.synthetic_time AND f.time_taken_ms > 0 THEN ln(CAST(f.time_taken_ms AS double precision)) END AS log_time,
                r.created_at >= now() - interval '1 day' AS day
            FROM public.user_responses AS r
            JOIN {marts}.int_first_attempts AS f ON f.response_id = r.id
            WHERE r.created_at >= now() - interval '29 days' AND r.created_at < now() AND NOT r.synthetic_at
                AND f.exam_code = current_setting('qbank.suite.exam_code')
        ) AS a
        JOIN public.questions AS q ON q.id = a.question_id
        GROUP BY q.id, a.question_id, a.version
    ) AS each
) AS w
LEFT JOIN (
    SELECT
        s.question_id,
        s.version,
        min(s.of_day) AS n_day,
        min(s.of_before) AS n_before,
        count(*) - 1 AS df,
        sum(abs(s.share_day - s.share_before)) / 2 AS distance,
        sum(power(s.share_day - s.share_before, 2) / s.share)
        / nullif(min(1.0 / s.of_day + 1.0 / s.of_before), 0) AS chi_square,
        string_agg(
            s.option_label || ' ' || round(CAST(s.share_before AS numeric), 2) || '->' || round(CAST(s.share_day AS numeric), 2), ', '
            ORDER BY s.option_label
        ) AS shares
    FROM (
        SELECT
            c.*,
            c.n_day / nullif(c.of_day, 0) AS share_day,
            c.n_before / nullif(c.of_before, 0) AS share_before,
            (c.n_day + c.n_before) / (c.of_day + c.of_before) AS share
        FROM (
            SELECT
                f.question_id,
                f.version,
                f.option_label,
                CAST(count(*) FILTER (WHERE r.created_at >= now() - interval '1 day') AS double precision) AS n_day,
                CAST(count(*) FILTER (WHERE r.created_at < now() - interval '1 day') AS double precision) AS n_before,
                CAST(sum(count(*) FILTER (WHERE r.created_at >= now() - interval '1 day'))
                    OVER (PARTITION BY f.question_id, f.version) AS double precision) AS of_day,
                CAST(sum(count(*) FILTER (WHERE r.created_at < now() - interval '1 day'))
                    OVER (PARTITION BY f.question_id, f.version) AS double precision) AS of_before
            FROM public.user_responses AS r
            JOIN {marts}.int_first_attempts AS f ON f.response_id = r.id
            WHERE r.created_at >= now() - interval '29 days' AND r.created_at < now() AND NOT r.synthetic_at
                AND f.exam_code = current_setting('qbank.suite.exam_code') AND f.option_label IS NOT NULL
            GROUP BY f.question_id, f.version, f.option_label
        ) AS c
    ) AS s
    WHERE s.of_day > 0 AND s.of_before > 0
    GROUP BY s.question_id, s.version
) AS o ON o.question_id = w.question_id AND o.version = w.version
CROSS JOIN (
    SELECT
        sum(d.n) FILTER (WHERE d.days_ago = 0) AS n_day,
        -- 0 where either is too small to compare.
        coalesce(
            CASE WHEN
                sum(d.n) FILTER (WHERE d.days_ago = 0) >= {exam_answers_fewest}
                AND sum(d.n) FILTER (WHERE d.days_ago > 0) >= {exam_answers_fewest}
                THEN abs(
                    sum(d.n_right) FILTER (WHERE d.days_ago = 0) / sum(d.n) FILTER (WHERE d.days_ago = 0)
                    - sum(d.n_right) FILTER (WHERE d.days_ago > 0) / sum(d.n) FILTER (WHERE d.days_ago > 0)
                )
            END, 0
        ) AS share_right_shift,
        -- 1 where the days before were too few or too small to say what is usual.
        coalesce(
            coalesce(sum(d.n) FILTER (WHERE d.days_ago = 0), 0) / nullif(
                CASE WHEN count(*) FILTER (WHERE d.days_ago > 0) >= {busy_days_fewest} THEN
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY d.n)
                        FILTER (WHERE d.days_ago > 0 AND d.n >= {exam_answers_fewest})
                END, 0
            ), 1
        ) AS volume
    FROM (
        SELECT
            floor(extract(epoch FROM now() - r.created_at) / 86400) AS days_ago,
            CAST(count(*) AS double precision) AS n,
            CAST(count(*) FILTER (WHERE r.is_correct) AS double precision) AS n_right
        FROM public.user_responses AS r
        JOIN public.questions AS q ON q.id = r.question_id
        WHERE r.created_at >= now() - interval '29 days' AND r.created_at < now() AND NOT r.synthetic_at
            AND q.home_exam_code = current_setting('qbank.suite.exam_code')
        GROUP BY 1
    ) AS d
) AS exam
