"""Damage to the marts fails the checks that name it, and a rebuild makes them as they were."""

from __future__ import annotations

from typing import Any

DAMAGE = """
    delete from fact_responses where response_id = 9;
    delete from int_dispositions where response_id = 8;
    update fact_quiz_sessions set status = 'lost', n_served = n_served + 1;
    update int_time_counts set n = n + 1;
    update int_item_thresholds set rule = 'none', threshold_ms = -1;
    update int_item_days set n_served = n_served + 1;
    insert into int_item_days select * from int_item_days;
    update fact_exposures set n_served = n_served + 1;
    insert into fact_exposures select * from fact_exposures;
    update dim_users set n_answered = n_answered + 1;
    update dim_questions set is_newest = true;
    insert into dim_topics select (json_populate_record(t, '{"topic_id": 9, "path": "medicine"}')).* from dim_topics t
        where topic_id = 1;
    update dim_topics set n_questions = -1 where topic_id = 9;
    update item_health set n_attempts = 0, p_value = 1.5, r_point_biserial = -2, skip_rate = 2, exposure_rate = -1
        where question_id = 1 and version = 2;
    update item_health set n_served = 0 where question_id = 2;
    update int_item_times set n_timed = 0, p90_time_ms = median_time_ms - 1;
    insert into int_item_times select * from int_item_times;
    update int_item_standing set calibration_reason = 'none' where calibration_reason is null;
    insert into int_item_standing select * from int_item_standing;
    update int_exam_sessions set first_day = last_day + 1;
    insert into int_exam_sessions select * from int_exam_sessions;
    update item_distractors set proportion = 2, rest_correlation = 2;
    insert into item_distractors select * from item_distractors;
    update item_curve set n = -1, observed = 2, expected = 2;
    insert into item_curve select * from item_curve;
    update item_drift set week = week + 1, n = 0, observed = 2, expected = 2;
    insert into item_drift select * from item_drift;
    update user_ability set se = -1, n_responses = 0, n_windows = 0;
    insert into user_ability select * from user_ability;
    update int_learner_exams set n_attempts = 0;
    insert into int_learner_exams select * from int_learner_exams;
    update int_cohort_cells set is_shown = true, n_learners = 0;
    insert into int_cohort_cells select * from int_cohort_cells;
    update cohort_performance set n_learners = 1, n_learners_scored = 1, accuracy = 2;
    insert into cohort_performance select * from cohort_performance;
    update institution_benchmark set n_learners = 1, n_learners_scored = 1, accuracy = 2, peers_accuracy = 1;
    insert into institution_benchmark select * from institution_benchmark;
    update blueprint_coverage set n_published = 0, n_stale = 1, gap = 9;
    insert into blueprint_coverage select * from blueprint_coverage;
    update topic_mastery_rollup set n_attempts = 0, n_topics = 0, accuracy = 2;
    insert into topic_mastery_rollup select * from topic_mastery_rollup;
    insert into item_health select * from item_health where question_id = 3;
    update topic_mastery set n_attempts = 0, accuracy = -0.1, mastery = 1 where topic_id = 1;
    insert into topic_mastery select * from topic_mastery where topic_id = 2;
    do $$
    declare
        doubled text;
    begin
        foreach doubled in array array['stg_questions', 'stg_question_versions'] loop
            execute format('create or replace view %I as %s union all %s', doubled,
                rtrim(pg_get_viewdef(doubled), ';'),
                rtrim(pg_get_viewdef(doubled), ';'));
        end loop;
        execute format('create or replace view stg_questions as select * from (%s) as v where question_id <> 4',
            rtrim(pg_get_viewdef('stg_questions'), ';'));
        execute format('create or replace view stg_item_stats as select question_id, version, tenant_id, 9::float8 as '
            'p_value, r_point_biserial, median_time_ms, (select sum(n)::integer from stg_item_option_stats o where '
            'o.question_id = v.question_id and o.version = v.version) as n_responses, run_id, updated_at '
            'from (%s) as v',
            rtrim(pg_get_viewdef('stg_item_stats'), ';'));
        execute format('create or replace view stg_cohort_members as '
            'select cohort_id, user_id, gen_random_uuid() as tenant_id from (%s) as v',
            rtrim(pg_get_viewdef('stg_cohort_members'), ';'));
    end
    $$;
"""


def everything(bank: Any) -> dict[str, list[str]]:
    return {name: sorted(map(repr, bank.rows(name))) for name in bank.relations()}


def rules(bank: Any) -> list[Any]:
    with bank.connect() as connection:
        found: list[Any] = connection.execute(
            "select c.relname, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relacl::text, "
            "(select count(*) from pg_policy where polrelid = c.oid) as n_policies, "
            "(select count(*) from pg_index where indrelid = c.oid) as n_indexes "
            "from pg_class c where relnamespace = current_schema()::text::regnamespace "
            "and relkind in ('r', 'v') order by 1"
        ).fetchall()
    return found


def test_every_check_can_fail_and_building_again_gives_the_same(bank: Any, builds: Any) -> None:
    rows_before, rules_before = everything(bank), rules(bank)
    with bank.connect() as connection:
        connection.execute(DAMAGE)
    outcomes = bank.invoke("test", "--select", "test_type:data")
    again = bank.invoke("build", "--full-refresh")

    assert {name for name, status in outcomes.items() if status != "fail"} == set()
    assert set(outcomes) == {n.name for n in bank.manifest.nodes.values() if n.resource_type == "test"}
    assert set(again.values()) == {"success", "pass"}
    assert everything(bank) == rows_before
    assert rules(bank) == rules_before
