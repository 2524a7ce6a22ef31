"""Quizzes and learners that cannot be: orphans, two tenants at once, answers before serving or after the end."""

from tests.damage.damage import Damage

OF_THE_LEARNER = "telemetry_events: event_of_the_quizs_learner"

DAMAGES = (
    Damage(
        "the wrong tenant on sessions",
        """
        update quiz_sessions set tenant_id = '00000000-0000-0000-0000-000000000002'
        where exam_code = 'CARDIO' and started_at >= now() - interval '1 day'
        """,
        OF_THE_LEARNER,
    ),
    Damage(
        "answers whose quiz is gone",
        "update user_responses set quiz_id = gen_random_uuid() where created_at >= now() - interval '1 day'",
        "constraint: fk_user_responses_quiz_id_quiz_sessions",
    ),
    Damage(
        "sessions of nobody",
        """
        update quiz_sessions set user_id = gen_random_uuid()
        where exam_code = 'CARDIO' and started_at >= now() - interval '1 day'
        """,
        OF_THE_LEARNER,
    ),
    Damage(
        "answers after handing in",
        """
        update quiz_sessions set sealed_at = started_at + interval '1 minute'
        where exam_code = 'CARDIO' and sealed_at >= now() - interval '1 day'
        """,
        "user_responses: answered_before_the_end",
    ),
    Damage(
        "answers before serving",
        """
        update quiz_items set served_at = served_at + interval '30 minutes' where served_at >= now() - interval '1 day'
        """,
        "user_responses: answered_after_serving",
    ),
    Damage(
        "answers to what was never served",
        "delete from quiz_items where served_at >= now() - interval '1 day' and question_id % 3 = 0",
        "user_responses: answered_after_serving",
    ),
    Damage(
        "an item served twice at one place",
        """
        insert into quiz_items (tenant_id, quiz_id, question_id, version, position)
        select i.tenant_id, i.quiz_id, v.question_id, v.version, i.position
        from quiz_items i, lateral (select question_id, version from question_versions
                                    where question_id <> i.question_id limit 1) v
        order by i.id desc limit 1
        """,
        "constraint: uq_quiz_items_quiz_id_position",
    ),
    Damage(
        "a learner in cohorts of two tenants",
        """
        insert into cohort_members (cohort_id, user_id, tenant_id)
        select c.id, u.id, c.tenant_id from cohorts c, app_users u
        where c.tenant_id <> u.tenant_id and c.name = 'spring' order by c.id, u.id limit 1
        """,
        "dbt test: stg_cohort_members_are_of_one_tenant",
    ),
    Damage(
        "learners in two cohorts of an institution",
        """
        insert into cohort_members (cohort_id, user_id, tenant_id)
        select cohort_id, user_id, tenant_id from cohort_members
        """,
        "constraint: pk_cohort_members",
    ),
    Damage(
        "a drain that has stood still for days",
        "update telemetry.source_loads set loaded_at = now() - interval '3 days'",
        "telemetry_events: is_fresh",
    ),
)
