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
    r.created_at,
    r.origin,
    served.served_at,
    least(quiz.sealed_at, quiz.expires_at) AS ends_at,
    live.kept
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
LEFT JOIN public.quiz_items AS served ON served.quiz_id = r.quiz_id AND served.question_id = r.question_id
LEFT JOIN public.quiz_sessions AS quiz ON quiz.id = r.quiz_id
-- First attempts of the live run are among the responses; forgetting a learner takes at most one an item of them.
CROSS JOIN (
    SELECT coalesce(min(CAST(here.n AS double precision) / nullif(greatest(run.n_responses - run.n_items * (
        SELECT count(*) FROM public.forgotten_learners AS f WHERE f.forgotten_at >= run.fitted_at
    ), 0), 0)), 1) AS kept
    FROM public.calibration_runs AS run
    CROSS JOIN (
        SELECT count(*) AS n
        FROM public.user_responses AS e
        JOIN public.questions AS of_exam ON of_exam.id = e.question_id
        WHERE of_exam.home_exam_code = current_setting('qbank.suite.exam_code')
    ) AS here
    WHERE run.exam_code = current_setting('qbank.suite.exam_code') AND run.status = 'published'
) AS live
WHERE q.home_exam_code = current_setting('qbank.suite.exam_code')
