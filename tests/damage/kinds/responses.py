"""Answers that are doubled, lost, moved in time, scored wrongly, or answers to something else."""

from tests.damage.damage import FIRST, Damage

# Answers without events, and events doubled or of an unknown quiz; then answers that their events contradict.
RECONCILED = "telemetry_events: answers_have_events"
AS_TOLD = "user_responses: answers_as_told"
# Answers of the last 24 hours to the questions of the exam.
OF_LAST_DAY = """
    created_at >= now() - interval '1 day'
    and question_id in (select id from questions where home_exam_code = 'CARDIO')
"""
# The question of the exam that was answered most often in the last 24 hours, in the version that is live.
BUSIEST = f"""
    (select question_id from user_responses where {OF_LAST_DAY}
     and version = 1 group by question_id order by count(*) desc, question_id limit 1)
"""

DAMAGES = (
    Damage(
        "a quiz copied under another id",
        """
        with quiz as (
            select * from quiz_sessions where exam_code = 'CARDIO' and sealed_at is not null
            order by started_at desc limit 1
        ), made as (
            insert into quiz_sessions (id, user_id, tenant_id, mode, exam_code, num_questions, started_at, expires_at)
            select gen_random_uuid(), user_id, tenant_id, mode, exam_code, num_questions, started_at, expires_at
            from quiz returning id
        ), served as (
            insert into quiz_items (tenant_id, quiz_id, question_id, version, position, served_at)
            select i.tenant_id, made.id, question_id, version, position, served_at
            from quiz_items i, made where i.quiz_id = (select id from quiz) returning 1
        )
        insert into user_responses (tenant_id, quiz_id, user_id, question_id, version, option_label, is_correct,
                                    time_taken_ms, created_at)
        select r.tenant_id, made.id, user_id, question_id, version, option_label, is_correct, time_taken_ms, created_at
        from user_responses r, made where r.quiz_id = (select id from quiz)
        """,
        RECONCILED,
    ),
    Damage(
        "answers written twice",
        """
        insert into user_responses (tenant_id, quiz_id, user_id, question_id, version, option_label, is_correct,
                                    time_taken_ms, created_at)
        select tenant_id, quiz_id, user_id, question_id, version, option_label, is_correct, time_taken_ms, created_at
        from user_responses order by id desc limit 500
        """,
        "constraint: uq_user_responses_quiz_id_question_id",
    ),
    Damage(
        "a truncated day of answers",
        f"delete from user_responses where {OF_LAST_DAY} and created_at >= now() - interval '8 hours'",
        AS_TOLD,
    ),
    Damage(
        "most of a day missing in answers and events alike",
        """
        create temp table gone as
            select id from quiz_sessions where started_at >= now() - interval '1 day' and random() < 0.9;
        delete from telemetry.events where quiz_id in (select id from gone);
        delete from quiz_sessions where id in (select id from gone)
        """,
        "int_first_attempts: volume_steady",
        build=FIRST,
    ),
    Damage("no answers at all", "delete from user_responses", "user_responses: has_responses"),
    Damage(
        "most answers of old days deleted",
        """
        delete from user_responses where created_at < now() - interval '5 days'
        """,
        "user_responses: responses_kept",
    ),
    Damage(
        "a clock ahead by a day",
        f"update user_responses set created_at = created_at + interval '1 day' where {OF_LAST_DAY}",
        "user_responses: created_at_not_in_future",
    ),
    Damage(
        "a clock behind by three hours",
        f"update user_responses set created_at = created_at - interval '3 hours' where {OF_LAST_DAY}",
        "user_responses: answered_after_serving",
    ),
    Damage(
        "times in seconds instead of milliseconds",
        f"update user_responses set time_taken_ms = time_taken_ms / 1000 where {OF_LAST_DAY}",
        "int_first_attempts: response_time_steady_for_most",
        build=FIRST,
    ),
    Damage(
        "times in microseconds instead of milliseconds",
        f"update user_responses set time_taken_ms = time_taken_ms * 1000 where {OF_LAST_DAY}",
        "user_responses: time_within_session",
    ),
    Damage(
        "response times of a day halved",
        f"update user_responses set time_taken_ms = time_taken_ms / 2 where {OF_LAST_DAY}",
        "int_first_attempts: response_time_steady_for_most",
        build=FIRST,
    ),
    Damage(
        "negative times",
        f"update user_responses set time_taken_ms = - time_taken_ms where {OF_LAST_DAY}",
        "constraint: ck_user_responses_time_taken_ms",
    ),
    Damage(
        "right and wrong exchanged for a day",
        f"update user_responses set is_correct = not is_correct where {OF_LAST_DAY}",
        "user_responses: score_agrees_with_key",
    ),
    Damage(
        "answers without a score",
        f"update user_responses set is_correct = null where {OF_LAST_DAY}",
        "not null: user_responses.is_correct",
    ),
    Damage(
        "an option that the item does not have",
        f"update user_responses set option_label = 'Z' where {OF_LAST_DAY} and not is_correct",
        "user_responses: option_known",
    ),
    Damage(
        "options lost on the way",
        f"update user_responses set option_label = null where {OF_LAST_DAY}",
        AS_TOLD,
    ),
    Damage(
        "a version that never existed",
        f"update user_responses set version = 99 where {OF_LAST_DAY}",
        "constraint: fk_user_responses_item",
    ),
    Damage(
        "answers filed under another version of the item",
        """
        update user_responses r set version = 2 from question_versions v
        where v.question_id = r.question_id and v.version = 2 and r.version = 1 and v.state = 'published'
          and r.created_at < v.created_at
        """,
        AS_TOLD,
    ),
    Damage(
        "answers filed under another question",
        f"""
        update user_responses r set question_id = o.id, option_label = null from questions o
        where r.question_id = {BUSIEST} and r.created_at >= now() - interval '1 day' and o.id = (
            select other.id from questions other where other.home_exam_code = 'CARDIO' and not exists (
                select from quiz_items i where i.quiz_id = r.quiz_id and i.question_id = other.id)
            order by other.id limit 1)
        """,
        "user_responses: answered_after_serving",
    ),
    Damage(
        "the wrong tenant on answers",
        f"""
        update user_responses set tenant_id = '00000000-0000-0000-0000-000000000002' where {OF_LAST_DAY}
          and tenant_id = '00000000-0000-0000-0000-000000000001'
        """,
        AS_TOLD,
    ),
    Damage(
        "answers given to another learner",
        f"""
        update user_responses set user_id = (select id from app_users where tenant_id = user_responses.tenant_id
                                             order by id limit 1)
        where {OF_LAST_DAY}
        """,
        AS_TOLD,
    ),
    Damage(
        "an item that became easy overnight",
        f"""
        update user_responses r set is_correct = true, option_label = o.option_label
        from question_versions v join question_options o on o.question_version_id = v.id and o.is_correct
        where r.question_id = {BUSIEST} and r.created_at >= now() - interval '1 day'
          and v.question_id = r.question_id and v.version = r.version
        """,
        "int_first_attempts: p_value_steady",
        build=FIRST,
    ),
    Damage(
        "everything became easy overnight",
        """
        update user_responses r set is_correct = true, option_label = o.option_label
        from question_versions v join question_options o on o.question_version_id = v.id and o.is_correct
        where r.created_at >= now() - interval '1 day' and v.question_id = r.question_id and v.version = r.version
        """,
        "int_first_attempts: share_right_steady",
        build=FIRST,
    ),
    Damage(
        "wrong answers all take one option overnight",
        """
        update user_responses r set option_label = (
            select min(o.option_label) from question_versions v
            join question_options o on o.question_version_id = v.id and not o.is_correct
            where v.question_id = r.question_id and v.version = r.version)
        where r.created_at >= now() - interval '1 day' and not r.is_correct
        """,
        "int_first_attempts: option_shares_steady",
        build=FIRST,
    ),
    Damage(
        "everybody suddenly guesses",
        "update user_responses set time_taken_ms = 400 where created_at >= now() - interval '10 days'",
        "int_first_attempts: rapid_guess_share",
        build=FIRST,
    ),
)
