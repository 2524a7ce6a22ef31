SELECT
    public.item_name(q.external_ref, q.home_exam_code, q.id, i.version) AS item,
    i.question_id,
    i.version,
    i.published,
    live.model,
    live.a,
    live.b,
    live.c,
    live.run_id,
    coalesce(live.n_serving, 0) AS n_serving,
    CAST(i.published AND coalesce(live.n_serving, 0) = 0 AS integer) AS unserved,
    run.status AS run_status,
    run.exam_code AS run_exam_code,
    run.exam_code = current_setting('qbank.suite.exam_code') AS run_of_exam,
    -- What the run that is live gave this item, for the model that serves.
    coalesce(fitted.a > 0, false) AS fitted,
    live.run_id IS NOT NULL AND (live.a, live.b, live.c) IS DISTINCT FROM (kept.a, kept.b, kept.c) AS altered,
    (
        SELECT count(DISTINCT e.run_id)
        FROM public.item_calibration AS e
        JOIN public.questions AS of_exam ON of_exam.id = e.question_id
        WHERE of_exam.home_exam_code = current_setting('qbank.suite.exam_code')
    ) AS n_runs
FROM (
    SELECT v.question_id, v.version, bool_or(v.published) AS published
    FROM (
        SELECT p.question_id, p.live_version AS version, true AS published FROM public.question_publications AS p
        UNION ALL
        SELECT c.question_id, c.version, false FROM public.item_calibration AS c WHERE c.serving
    ) AS v
    GROUP BY v.question_id, v.version
) AS i
JOIN public.questions AS q ON q.id = i.question_id
LEFT JOIN (
    SELECT c.*, count(*) OVER (PARTITION BY c.question_id, c.version) AS n_serving
    FROM public.item_calibration AS c
    WHERE c.serving
) AS live ON live.question_id = i.question_id AND live.version = i.version
LEFT JOIN public.calibration_runs AS run ON run.id = live.run_id
LEFT JOIN public.item_calibration_history AS kept
    ON kept.run_id = live.run_id AND kept.question_id = live.question_id
    AND kept.version = live.version AND kept.model = live.model
LEFT JOIN public.item_calibration_history AS fitted
    ON fitted.question_id = i.question_id AND fitted.version = i.version AND fitted.serving
    AND fitted.run_id = (
        SELECT r.id FROM public.calibration_runs AS r
        WHERE r.exam_code = current_setting('qbank.suite.exam_code') AND r.status = 'published'
        ORDER BY r.published_at DESC LIMIT 1
    )
WHERE q.home_exam_code = current_setting('qbank.suite.exam_code') AND NOT q.is_deleted
