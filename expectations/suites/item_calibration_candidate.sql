SELECT
    coalesce(q.external_ref, 'question ' || i.question_id) AS item,
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
    i.reason
FROM public.item_calibration_candidate AS i
JOIN public.questions AS q ON q.id = i.question_id
WHERE i.run_id = CAST(current_setting('qbank.suite.run_id') AS uuid)
