"""Parameters and statistics that no fit gave, or that are not those of the live run."""

from tests.damage.damage import Damage

OF_RUN = """
    run_id = (select id from calibration_runs where exam_code = 'CARDIO' order by fitted_at desc limit 1)
"""
CANDIDATE = f"update item_calibration_candidate set {{}} where {OF_RUN}"
LIVE = """
    update item_calibration set {} where serving
      and question_id in (select id from questions where home_exam_code = 'CARDIO')
"""
DAMAGES = (
    Damage(
        "parameters that are no numbers",
        CANDIDATE.format("a = 'NaN'"),
        "item_calibration_candidate: parameters_finite",
    ),
    Damage(
        "standard errors of zero",
        CANDIDATE.format("se_b = 0"),
        "item_calibration_candidate: standard_errors_positive",
    ),
    Damage(
        "a lower asymptote above one",
        CANDIDATE.format("c = 1.2"),
        "constraint: ck_item_calibration_candidate_c",
    ),
    Damage(
        "lower asymptotes of guesses that cannot be",
        CANDIDATE.format("c = 0.9"),
        "item_calibration_candidate: c_in_range_for_most",
    ),
    Damage(
        "a key file shifted by a row",
        CANDIDATE.format("a = -a"),
        "item_calibration_candidate: a_in_range_for_most",
    ),
    Damage(
        "items set aside without a reason",
        CANDIDATE.format("status = 'set aside', reason = null"),
        "item_calibration_candidate: set_aside_has_reason",
    ),
    Damage(
        "a candidate with nothing in it",
        f"delete from item_calibration_candidate where {OF_RUN}",
        "item_calibration_candidate: has_rows",
    ),
    Damage(
        "items of another exam in the candidate",
        """
        insert into item_calibration_candidate (run_id, question_id, version, model, tenant_id, a, b, c, se_a, se_b)
        select (select id from calibration_runs where exam_code = 'CARDIO' order by fitted_at desc limit 1),
               id, 1, '2PL', tenant_id, 1, 0, 0, 0.1, 0.1 from questions where home_exam_code = 'RENAL'
        """,
        "item_calibration_candidate: item_of_the_exam",
    ),
    Damage(
        "a fit that stopped short",
        """
        update calibration_runs set fits = jsonb_set(jsonb_set(fits, array[serving_model, 'converged'], 'false'),
                                                     array[serving_model, 'reason'], '"stopped at 500 passes"')
        where exam_code = 'CARDIO'
        """,
        "item_calibration_candidate: fits_converged",
    ),
    Damage(
        "two rows of an item served",
        """
        insert into item_calibration (question_id, version, model, tenant_id, a, b, c, run_id, serving)
        select question_id, version, '1PL', tenant_id, a, b, c, run_id, true from item_calibration where serving
        """,
        "constraint: uq_item_calibration_serving",
    ),
    Damage(
        "served items that discriminate the wrong way",
        LIVE.format("a = -0.5"),
        "item_calibration: serving_a_positive",
    ),
    Damage(
        "served parameters that are no numbers",
        LIVE.format("b = 'NaN'"),
        "item_calibration: serving_b_in_range",
    ),
    Damage(
        "served parameters that are missing",
        LIVE.format("b = null"),
        "constraint: ck_item_calibration_serving",
    ),
    Damage(
        "served parameters changed by hand",
        LIVE.format("b = b + 0.5"),
        "item_calibration: as_published",
    ),
    Damage(
        "nothing served of an exam",
        LIVE.format("serving = false"),
        "item_calibration: served_where_fitted",
    ),
    Damage(
        "parameters of two runs served side by side",
        """
        insert into calibration_runs (id, tenant_id, exam_code, status, snapshot_hash, code_version, n_persons, n_items,
                                      n_responses)
        select gen_random_uuid(), tenant_id, exam_code, 'superseded', repeat('0', 64), code_version, n_persons,
               n_items, n_responses from calibration_runs where exam_code = 'CARDIO' limit 1;
        update item_calibration set run_id = (select id from calibration_runs where snapshot_hash = repeat('0', 64))
        where question_id = (select min(id) from questions where home_exam_code = 'CARDIO')
        """,
        "item_calibration: run_is_published",
    ),
    Damage(
        "item statistics that are not the responses'",
        """
        update item_stats_ctt set p_value = 1 - p_value
        where question_id in (select id from questions where home_exam_code = 'CARDIO')
        """,
        "dbt test: item_distractors_key_is_the_p_value",
    ),
)
