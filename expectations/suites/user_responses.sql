SELECT
    r.id,
    r.question_id,
    r.version,
    r.option_label,
    o.is_correct AS is_key,
    coalesce(v.options, 0) AS options,
    r.is_correct,
    CAST(r.is_correct AS integer) AS correct,
    r.time_taken_ms,
    r.created_at
FROM public.user_responses AS r
JOIN public.questions AS q ON q.id = r.question_id
-- Items that came in already scored have no options to compare with.
LEFT JOIN (
    SELECT i.id, i.question_id, i.version, count(*) AS options
    FROM public.question_versions AS i
    JOIN public.question_options AS each ON each.question_version_id = i.id
    GROUP BY i.id, i.question_id, i.version
) AS v ON v.question_id = r.question_id AND v.version = r.version
LEFT JOIN public.question_options AS o ON o.question_version_id = v.id AND o.option_label = r.option_label
WHERE q.home_exam_code = current_setting('qbank.suite.exam_code')
