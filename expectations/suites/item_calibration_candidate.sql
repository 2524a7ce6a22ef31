SELECT
    public.item_name(q.external_ref, q.home_exam_code, q.id, i.version) AS item,
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
    run.exam_code,
    coalesce(run.lifecycle ->> 'classical_only', '') <> '' AS classical_only
FROM public.item_calibration_candidate AS i
JOIN public.questions AS q ON q.id = i.question_id
LEFT JOIN public.calibration_runs AS run ON run.id = i.run_id
WHERE i.run_id = CAST(current_setting('qbank.suite.run_id') AS uuid)
