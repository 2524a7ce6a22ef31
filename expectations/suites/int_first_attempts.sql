SELECT
    a.response_id,
    a.person_id,
    a.mode,
    a.question_id,
    a.version,
    a.disposition,
    a.reason,
    CAST(a.disposition = 'usable' AS integer) AS usable,
    CAST(a.disposition = 'rapid_guess' AS integer) AS rapid_guess,
    CAST(a.disposition = 'explanation_seen' AS integer) AS explanation_seen,
    CAST(a.disposition = 'flagged_user' AS integer) AS flagged_user,
    CAST(a.disposition = 'abandoned_quiz' AS integer) AS abandoned_quiz,
    CAST(a.disposition = 'too_few_answers' AS integer) AS too_few_answers,
    -- Forgetting a learner takes no more than one first attempt at each item of the run.
    coalesce(CAST((
        SELECT count(*) FROM {marts}.int_first_attempts AS f
        WHERE f.exam_code = current_setting('qbank.suite.exam_code')
    ) AS double precision) / nullif(greatest(live.floor, 0), 0), 1) AS kept
FROM {marts}.int_first_attempts AS a
CROSS JOIN (
    SELECT max(r.n_responses - r.n_items * (
        SELECT count(*) FROM public.forgotten_learners AS f WHERE f.forgotten_at >= r.fitted_at
    )) AS floor
    FROM public.calibration_runs AS r
    WHERE r.exam_code = current_setting('qbank.suite.exam_code') AND r.status = 'published'
) AS live
WHERE a.exam_code = current_setting('qbank.suite.exam_code')
