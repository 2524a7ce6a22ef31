SELECT
    i.item,
    i.question_id,
    i.version,
    i.n_first,
    i.n_usable,
    i.n_repeated,
    live.n_respondents AS n_live,
    -- Forgetting a learner takes no more than one response of an item.
    CAST(i.n_usable AS double precision) / nullif(greatest(live.n_respondents - run.n_forgotten, 0), 0) AS kept_of_item,
    count(*) OVER (PARTITION BY i.item) AS n_of_name,
    -- The others will be set aside by the fit, each with its reason.
    i.n_usable >= {responses_an_item_fewest} AS fittable,
    count(*) FILTER (WHERE i.n_usable >= {responses_an_item_fewest}) OVER () AS n_fittable,
    persons.n_persons,
    coalesce(CAST(sum(i.n_usable) OVER () AS double precision)
    / nullif(greatest(run.n_responses - run.n_items * run.n_forgotten, 0), 0), 1) AS kept
FROM (
    SELECT
        a.question_id,
        a.version,
        -- The name under which the fit gathers an item's responses.
        public.item_name(q.external_ref, q.home_exam_code, q.id, a.version) AS item,
        count(*) AS n_first,
        count(*) FILTER (WHERE a.disposition = 'usable') AS n_usable,
        count(*) FILTER (WHERE a.disposition = 'usable')
        - count(DISTINCT a.person_id) FILTER (WHERE a.disposition = 'usable') AS n_repeated
    FROM {marts}.int_first_attempts AS a
    JOIN public.questions AS q ON q.id = a.question_id
    WHERE a.exam_code = current_setting('qbank.suite.exam_code')
    GROUP BY a.question_id, a.version, q.external_ref, q.home_exam_code, q.id
) AS i
CROSS JOIN (
    SELECT count(DISTINCT person_id) AS n_persons
    FROM {marts}.int_first_attempts
    WHERE exam_code = current_setting('qbank.suite.exam_code') AND disposition = 'usable'
) AS persons
LEFT JOIN (
    SELECT
        r.id,
        r.n_responses,
        r.n_items,
        (SELECT count(*) FROM public.forgotten_learners AS f WHERE f.forgotten_at >= r.fitted_at) AS n_forgotten
    FROM public.calibration_runs AS r
    WHERE r.exam_code = current_setting('qbank.suite.exam_code') AND r.status = 'published'
) AS run ON true
LEFT JOIN (
    SELECT c.run_id, c.question_id, c.version, max(c.n_respondents) AS n_respondents
    FROM public.item_calibration_candidate AS c
    GROUP BY c.run_id, c.question_id, c.version
) AS live ON live.run_id = run.id AND live.question_id = i.question_id AND live.version = i.version
