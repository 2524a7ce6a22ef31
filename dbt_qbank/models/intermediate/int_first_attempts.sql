{{ config(indexes=[{'columns': ['exam_code', 'question_id', 'version']}]) }}

-- The response policy: which responses may calibrate an item, and why the others may not.
-- A learner's first response to a question, whatever its version, is the only one that counts:
-- every later one is given by somebody who has seen the question.
with first_attempts as (
    select distinct on (user_id, question_id) *
    from {{ ref('stg_user_responses') }}
    order by user_id, question_id, ts, response_id
),

explanations as (
    select
        user_id,
        question_id,
        min(viewed_at) as first_viewed_at
    from {{ ref('stg_explanations_viewed') }}
    group by user_id, question_id
),

-- The reasons in the order in which one hides the next.
judged as (
    select
        first_attempts.*,
        versions.home_exam_code,
        explanations.first_viewed_at,
        case
            when learners.is_flagged then 'flagged_user'
            when explanations.first_viewed_at < first_attempts.ts then 'explanation_seen'
            when first_attempts.recorded_time_ms < {{ var('rapid_guess_ms') }} then 'rapid_guess'
            else 'usable'
        end as disposition
    from first_attempts
    left join {{ ref('stg_question_versions') }} as versions
        on
            first_attempts.question_id = versions.question_id
            and first_attempts.version = versions.version
    left join explanations
        on
            first_attempts.user_id = explanations.user_id
            and first_attempts.question_id = explanations.question_id
    left join {{ ref('stg_learners') }} as learners
        on first_attempts.user_id = learners.user_id
)

select
    user_id,
    question_id,
    version,
    home_exam_code::text as exam_code,
    tenant_id,
    quiz_id,
    option_label::text as option_label,
    is_correct,
    time_taken_ms,
    synthetic_time,
    ts,
    disposition::text as disposition,
    case disposition
        when 'flagged_user' then 'the learner is flagged'
        when 'explanation_seen'
            then 'explanation viewed at '
                || to_char(first_viewed_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS')
                || ' UTC, before the answer'
        when 'rapid_guess'
            then 'answered in ' || recorded_time_ms::text || ' ms, below {{ var("rapid_guess_ms") }} ms'
    end as reason,
    response_id
from judged
