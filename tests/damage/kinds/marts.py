"""Marts that lost, doubled or missed rows, hold figures that cannot be, or show what must stay hidden."""

from tests.damage.damage import Damage

# Planted in both schemas: dbt's tests look at what is built, the other checks at what was built last.
DAMAGES = (
    Damage(
        "facts lost in a mart",
        "delete from {marts}.fact_responses where response_id % 100 = 0",
        "dbt test: fact_responses_one_for_each_response",
    ),
    Damage(
        "facts doubled in a mart",
        """
        insert into {marts}.fact_responses
        select * from {marts}.fact_responses where response_id % 100 = 0
        """,
        "constraint: fact_responses_pkey",
    ),
    Damage(
        "a mart that the answers of the day did not reach",
        """
        with quiz as (
            insert into quiz_sessions (user_id, tenant_id, mode, exam_code, num_questions)
            select user_id, tenant_id, mode, exam_code, num_questions from quiz_sessions
            where exam_code = 'CARDIO' order by started_at desc limit 1 returning id, user_id, tenant_id
        ), served as (
            insert into quiz_items (tenant_id, quiz_id, question_id, version, position)
            select q.tenant_id, q.id, v.question_id, v.version, row_number() over ()
            from quiz q, question_versions v where v.state = 'published' returning quiz_id, question_id, version
        )
        insert into user_responses (tenant_id, quiz_id, user_id, question_id, version, is_correct, time_taken_ms)
        select q.tenant_id, q.id, q.user_id, s.question_id, s.version, true, 20000 from quiz q, served s
        """,
        "dbt test: int_dispositions_one_for_each_response_and_serving",
    ),
    Damage(
        "first attempts lost",
        "delete from {marts}.int_dispositions where attempt = 1 and response_id % 50 = 0",
        "dbt test: int_first_attempts_one_for_each_learner_and_question",
    ),
    Damage(
        "most first attempts lost",
        "delete from {marts}.int_dispositions where attempt = 1 and response_id % 5 > 0",
        "int_first_attempts: attempts_kept",
    ),
    Damage(
        "answers altered in what a fit reads",
        "update {marts}.int_dispositions set is_correct = not is_correct where response_id % 50 = 0",
        "int_first_attempts: first_attempts_as_recorded",
    ),
    Damage(
        "answers altered in the facts",
        "update {marts}.fact_responses set is_correct = not is_correct where response_id % 50 = 0",
        "fact_responses: facts_as_recorded",
    ),
    Damage(
        "two first attempts of a learner at a question",
        "update {marts}.int_dispositions set attempt = 1 where attempt = 2 and response_id % 10 = 0",
        "constraint: int_dispositions_repeats_are_the_later_attempts",
    ),
    Damage(
        "responses set aside without a reason",
        """
        update {marts}.int_dispositions set reason = null
        where disposition <> 'usable' and response_id % 10 = 0
        """,
        "constraint: int_dispositions_reason_given_unless_usable",
    ),
    Damage(
        "dispositions that nobody knows",
        "update {marts}.int_dispositions set disposition = 'odd' where response_id % 10 = 0",
        "constraint: int_dispositions_disposition_is_known",
    ),
    Damage(
        "the topics of superseded versions lost",
        """
        update {marts}.fact_responses f set topic_id = null from question_versions v
        where v.question_id = f.question_id and v.version = f.version and v.state = 'retired'
        """,
        "dbt test: topic_mastery_attempts_sum_to_topic_responses",
    ),
    Damage(
        "facts of one tenant shown to the other",
        """
        update {marts}.fact_responses set tenant_id = '00000000-0000-0000-0000-000000000002'
        where tenant_id = '00000000-0000-0000-0000-000000000001' and response_id % 10 = 0
        """,
        "dbt test: topic_mastery_attempts_sum_to_topic_responses",
    ),
    Damage(
        "exposures counted twice",
        "update {marts}.fact_exposures set n_served = n_served + 1",
        "dbt test: fact_exposures_served_is_answered_skipped_or_omitted",
    ),
    Damage(
        "days of exposures lost",
        "delete from {marts}.fact_exposures where question_id % 7 = 0",
        "dbt test: fact_exposures_sum_to_dispositions",
    ),
    Damage(
        "quizzes lost in a mart",
        "delete from {marts}.fact_quiz_sessions where random() < 0.05",
        "dbt test: fact_quiz_sessions_sum_to_rows",
    ),
    Damage(
        "p-values above one",
        "update {marts}.item_health set p_value = p_value + 1",
        "dbt test: item_health_p_value_is_a_proportion",
    ),
    Damage(
        "items lost in a mart",
        "delete from {marts}.item_health where question_id % 3 = 0",
        "dbt test: item_health_attempts_sum_to_responses",
    ),
    Damage(
        "a learner's topic lost",
        "delete from {marts}.topic_mastery where topic_id = (select min(topic_id) from question_versions)",
        "dbt test: topic_mastery_attempts_sum_to_topic_responses",
    ),
    Damage(
        "learners lost in a dimension",
        "delete from {marts}.dim_users where n_answered > 20",
        "dbt test: dim_users_answers_sum_to_responses",
    ),
    Damage(
        "two newest versions of a question",
        "update {marts}.dim_questions set is_newest = true",
        "dbt test: dim_questions_history_is_whole",
    ),
    Damage(
        "a cohort too small to be shown, shown",
        """
        update {marts}.cohort_performance
        set is_suppressed = false, accuracy = 0.5, accuracy_se = 0.1, n_learners = 3 where is_suppressed
        """,
        "dbt test: cohort_performance_shows_many",
    ),
    Damage(
        "figures of a suppressed cohort",
        "update {marts}.cohort_performance set accuracy = 0.5 where is_suppressed",
        "dbt test: cohort_performance_suppressed_say_nothing",
    ),
    Damage(
        "a small cohort told by the difference of two large ones",
        """
        update {marts}.cohort_performance
        set is_suppressed = false, accuracy = 0.5, accuracy_se = 0.1, n_learners = 10 where is_suppressed
        """,
        "dbt test: cohort_figures_cut_no_small_piece",
    ),
    Damage(
        "abilities lost in a mart",
        "delete from {marts}.user_ability where random() < 0.1",
        "dbt test: user_ability_one_row_for_each_ability",
    ),
    Damage(
        "curves beyond one",
        "update {marts}.item_curve set expected = 1.5",
        "dbt test: item_curve_expected_is_a_proportion",
    ),
    Damage(
        "quotas that say there is no gap",
        "update {marts}.blueprint_coverage set gap = gap + 5",
        "dbt test: blueprint_coverage_gap_is_what_the_quota_lacks",
    ),
)
