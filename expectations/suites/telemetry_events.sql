SELECT
    e.event_id,
    e.event_type,
    e.occurred_at,
    e.ingested_at,
    e.user_id,
    e.quiz_id,
    e.question_id,
    e.version,
    e.time_taken_ms,
    s.id IS NOT NULL AS quiz_known,
    s.user_id AS user_of_quiz,
    s.tenant_id AS tenant_of_quiz,
    e.tenant_id,
    e.question_id IS NULL OR v.id IS NOT NULL AS item_known
FROM telemetry.events AS e
LEFT JOIN public.quiz_sessions AS s ON s.id = e.quiz_id
LEFT JOIN public.question_versions AS v ON v.question_id = e.question_id AND v.version = e.version
WHERE e.ingested_at >= now() - {days} * interval '1 day'
