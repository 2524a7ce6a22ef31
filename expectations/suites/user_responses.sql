SELECT
    r.id,
    r.tenant_id,
    r.quiz_id,
    r.user_id,
    r.question_id,
    r.version,
    q.home_exam_code,
    r.option_label,
    r.is_correct,
    CAST(r.is_correct AS integer) AS correct,
    r.time_taken_ms,
    r.created_at
FROM public.user_responses AS r
LEFT JOIN public.questions AS q ON q.id = r.question_id
LEFT JOIN public.quiz_sessions AS s ON s.id = r.quiz_id
-- A response whose question is not known would be seen by no exam: it counts with the exam of its quiz.
WHERE coalesce(q.home_exam_code, s.exam_code) = current_setting('qbank.suite.exam_code')
