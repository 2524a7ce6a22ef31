{{
    config(
        materialized='incremental',
        unique_key='user_id',
        indexes=[
            {'columns': ['user_id', 'question_id']},
            {'columns': ['question_id', 'version', 'day']},
            {'columns': ['question_id', 'version', 'is_rapid', 'recorded_time_ms']},
            {'columns': ['exam_code', 'n_required']},
            {'columns': ['quiz_status']},
        ],
        post_hook="{{ one_first_attempt() }}",
    )
}}

-- The response policy: which responses may calibrate an item, and why the others may not. What is decided
-- of one answer depends on the learner's others, so a learner whom anything touched is judged anew whole.
with exams as (
    select
        home_exam_code as exam_code,
        least({{ var('person_min_answers') }}, count(distinct question_id))::integer as n_required
    from {{ ref('stg_question_versions') }}
    where state in ('published', 'retired')
    group by home_exam_code
),

{% if is_incremental() -%}
changed_quizzes as (
    select quiz_id from {{ ref('stg_user_responses') }} where change_xid >= {{ watermark() }}
    union
    select quiz_id from {{ ref('stg_quiz_items') }} where change_xid >= {{ watermark() }}
    union
    select quiz_id from {{ ref('stg_quiz_sessions') }} where change_xid >= {{ watermark() }}
    union
    -- Time alone ends a quiz; what was open here and is not any more is judged again.
    select judged.quiz_id
    from {{ this }} as judged
    inner join {{ ref('fact_quiz_sessions') }} as quizzes
        on judged.quiz_id = quizzes.quiz_id
    where judged.quiz_status = 'open' and quizzes.status <> 'open'
),

-- Answers that an item's threshold passed since they were judged. `offset 0` keeps each item a search of
-- its own in the index; together they would look to the planner like a third of all rows.
crossed as (
    select passed.user_id
    from {{ ref('int_item_thresholds') }} as thresholds
    cross join lateral (
        (
            select judged.user_id
            from {{ this }} as judged
            where
                judged.question_id = thresholds.question_id
                and judged.version = thresholds.version
                and judged.is_rapid
                and judged.recorded_time_ms >= thresholds.threshold_ms
            offset 0
        )
        union all
        (
            select judged.user_id
            from {{ this }} as judged
            where
                judged.question_id = thresholds.question_id
                and judged.version = thresholds.version
                and not judged.is_rapid
                and judged.recorded_time_ms < thresholds.threshold_ms
            offset 0
        )
    ) as passed
),

-- Learners of an exam that asks for another number of answers than it did.
resized as (
    select sized.user_id
    from exams
    cross join lateral (
        (
            select judged.user_id
            from {{ this }} as judged
            where judged.exam_code = exams.exam_code and judged.n_required < exams.n_required
            offset 0
        )
        union all
        (
            select judged.user_id
            from {{ this }} as judged
            where judged.exam_code = exams.exam_code and judged.n_required > exams.n_required
            offset 0
        )
    ) as sized
),

touched as materialized (
    select sessions.user_id
    from changed_quizzes
    inner join {{ ref('stg_quiz_sessions') }} as sessions
        on changed_quizzes.quiz_id = sessions.quiz_id
    union
    select user_id from {{ ref('stg_learners') }} where change_xid >= {{ watermark() }}
    union
    select user_id from {{ ref('stg_explanations_viewed') }} where change_xid >= {{ watermark() }}
    union
    select user_id from crossed
    union
    select user_id from resized
),

{% endif -%}
quizzes as not materialized (
    select
        sessions.quiz_id,
        sessions.user_id,
        sessions.mode,
        coalesce(facts.status, 'open') as quiz_status
    from {{ ref('stg_quiz_sessions') }} as sessions
    left join {{ ref('fact_quiz_sessions') }} as facts
        on sessions.quiz_id = facts.quiz_id
    {% if is_incremental() -%}
    -- As an array, of which the planner expects few elements: their quizzes are then looked up one by one.
    where sessions.user_id = any(array(select user_id from touched))
    {%- endif %}
),

-- Items as they were served, with their answers; and answers whose serving nobody wrote down.
met as (
    select
        quizzes.*,
        items.question_id,
        coalesce(responses.version, items.version) as version,
        coalesce(responses.tenant_id, items.tenant_id) as tenant_id,
        items.position,
        items.served_at,
        items.skipped_at,
        responses.response_id,
        responses.option_label,
        responses.is_correct,
        responses.time_taken_ms,
        responses.synthetic_time,
        responses.recorded_time_ms,
        responses.ts
    from quizzes
    inner join {{ ref('stg_quiz_items') }} as items
        on quizzes.quiz_id = items.quiz_id
    left join {{ ref('stg_user_responses') }} as responses
        on
            items.quiz_id = responses.quiz_id
            and items.question_id = responses.question_id
    union all
    select
        quizzes.*,
        responses.question_id,
        responses.version,
        responses.tenant_id,
        null::integer as position,
        null::timestamptz as served_at,
        null::timestamptz as skipped_at,
        responses.response_id,
        responses.option_label,
        responses.is_correct,
        responses.time_taken_ms,
        responses.synthetic_time,
        responses.recorded_time_ms,
        responses.ts
    from quizzes
    inner join {{ ref('stg_user_responses') }} as responses
        on quizzes.quiz_id = responses.quiz_id
    where
        not exists (
            select 1
            from {{ ref('stg_quiz_items') }} as items
            where
                items.quiz_id = responses.quiz_id
                and items.question_id = responses.question_id
        )
),

explanations as (
    select
        user_id,
        question_id,
        min(viewed_at) as first_viewed_at
    from {{ ref('stg_explanations_viewed') }}
    {% if is_incremental() -%}
    where user_id = any(array(select user_id from touched))
    {%- endif %}
    group by user_id, question_id
),

-- A learner's first answer to a question, whatever its version, is the only one that can count: every
-- later one is given by somebody who has answered the question before.
attempts as (
    select
        met.*,
        (met.ts at time zone 'UTC')::date as answered_on,
        versions.home_exam_code as exam_code,
        explanations.first_viewed_at,
        coalesce(learners.is_flagged, false) as is_flagged,
        coalesce(met.recorded_time_ms < thresholds.threshold_ms, false) as is_rapid,
        coalesce(exams.n_required, {{ var('person_min_answers') }}) as n_required,
        case
            when met.response_id is not null
                then row_number() over (
                    partition by met.user_id, met.question_id, met.response_id is null
                    order by met.ts, met.response_id
                )
        end::integer as attempt,
        (min(met.ts) over (partition by met.user_id, versions.home_exam_code) at time zone 'UTC')::date
            as first_day
    from met
    left join {{ ref('stg_question_versions') }} as versions
        on
            met.question_id = versions.question_id
            and met.version = versions.version
    left join explanations
        on
            met.user_id = explanations.user_id
            and met.question_id = explanations.question_id
    left join {{ ref('stg_learners') }} as learners
        on met.user_id = learners.user_id
    left join {{ ref('int_item_thresholds') }} as thresholds
        on
            met.question_id = thresholds.question_id
            and met.version = thresholds.version
    left join exams
        on versions.home_exam_code = exams.exam_code
),

-- The reasons in the order in which one hides the next.
judged as (
    select
        *,
        first_day
        + (answered_on - first_day) / {{ var('person_window_days') }} * {{ var('person_window_days') }}
            as window_start,
        case
            when response_id is null and skipped_at is not null then 'skipped'
            when response_id is null then 'omitted'
            when attempt > 1 then 'repeat'
            when is_flagged then 'flagged_user'
            when first_viewed_at < ts then 'explanation_seen'
            when quiz_status = 'abandoned' and mode = 'exam' then 'abandoned_quiz'
            when is_rapid then 'rapid_guess'
            else 'usable'
        end as verdict
    from attempts
),

persons as (
    select
        *,
        count(*) filter (where verdict = 'usable')
            over (partition by user_id, exam_code, window_start, mode) as n_usable
    from judged
),

settled as (
    select
        *,
        case when verdict = 'usable' and n_usable < n_required then 'too_few_answers' else verdict end
            as disposition
    from persons
)

select
    quiz_id,
    question_id,
    version,
    user_id,
    exam_code::text as exam_code,
    tenant_id,
    mode::text as mode,
    position,
    (coalesce(served_at, ts) at time zone 'UTC')::date as day,
    response_id,
    option_label::text as option_label,
    is_correct,
    time_taken_ms,
    synthetic_time,
    recorded_time_ms,
    ts,
    attempt,
    case
        when response_id is not null
            then md5(concat_ws('|', user_id, exam_code, window_start, mode))::uuid
    end as person_id,
    window_start,
    disposition::text as disposition,
    case disposition
        when 'skipped' then 'the learner skipped it'
        when 'omitted' then 'served, and not answered'
        when 'repeat' then 'answer ' || attempt || ' of the learner to the question'
        when 'flagged_user' then 'the learner is flagged'
        when 'explanation_seen'
            then 'explanation viewed at '
                || to_char(first_viewed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')
                || ' UTC, before the answer'
        when 'abandoned_quiz' then 'the quiz was left with most of its questions unanswered'
        when 'rapid_guess' then 'answered in ' || recorded_time_ms || ' ms, below the threshold of the item'
        when 'too_few_answers'
            then n_usable || ' usable answers of the learner in window and mode, of ' || n_required
    end as reason,
    is_rapid,
    n_required,
    quiz_status::text as quiz_status
from settled
