SELECT
    -- As people call it: the importer's name without the exam, the version where it is not the first.
    CASE
        WHEN starts_with(q.external_ref, q.home_exam_code || '/')
            THEN substr(q.external_ref, length(q.home_exam_code) + 2)
        ELSE coalesce(q.external_ref, 'question ' || i.question_id)
    END || CASE WHEN i.version > 1 THEN '@' || i.version ELSE '' END AS item,
    i.question_id,
    i.version,
    i.model,
    i.a,
    i.b,
    i.c,
    i.se_a,
    i.se_b,
    i.se_c,
    i.n_respondents,
    i.status,
    i.reason,
    q.home_exam_code,
    run.exam_code
FROM public.item_calibration_candidate AS i
JOIN public.questions AS q ON q.id = i.question_id
LEFT JOIN public.calibration_runs AS run ON run.id = i.run_id
WHERE i.run_id = CAST(current_setting('qbank.suite.run_id') AS uuid)
