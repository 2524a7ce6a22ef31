"""A bank with live delivery, nothing wrong with it: 12 items, 29 days of learners, their events, a published run.

Twenty learners a day answered all items on the 28 days before, sixty in the last 24 hours. The run was fitted on
6,500 of the 7,440 responses.
"""

from __future__ import annotations

import uuid

from sqlalchemy import Connection, text

from tests.expectations.conftest import execute

EXAM = "LIVE"
RUN = uuid.UUID("00000000-0000-0000-0000-0000000000f1")
BANK = """
select setseed(0.42);
insert into exams (code) values (:exam);
insert into questions (external_ref, home_exam_code, created_by)
    select :exam || '/Q' || k, :exam, gen_random_uuid() from generate_series(1, 12) k;
insert into question_versions (question_id, version, stem_md, created_by)
    select id, 1, 'Stem', gen_random_uuid() from questions;
insert into question_options (question_version_id, option_label, is_correct)
    select v.id, label, label = 'a' from question_versions v, unnest(array['a', 'b', 'c', 'd']) label;
update question_versions set state = 'published';
insert into question_publications (question_id, live_version, exam_code) select id, 1, :exam from questions;
insert into quiz_sessions (user_id, exam_code, origin, mode, num_questions, started_at)
    select gen_random_uuid(), :exam, 'delivery', 'exam', 12,
           date_trunc('milliseconds', now()) - case when k <= 60 then interval '3 hours'
                  else (1 + (k - 61) / 20) * interval '1 day' + interval '3 hours' end
    from generate_series(1, 620) k;
insert into app_users (id) select user_id from quiz_sessions;
insert into user_responses (quiz_id, user_id, question_id, version, option_label, is_correct, time_taken_ms,
                            origin, created_at)
    select quiz_id, user_id, question_id, 1, label, label = 'a', ms, 'delivery', at
    from (
        select s.id as quiz_id, s.user_id, q.id as question_id, s.started_at + q.k * interval '1 minute' as at,
               case when random() < 0.3 + 0.04 * q.k then 'a' else (array['b', 'c', 'd'])[1 + floor(random() * 3)] end
                   as label,
               (20000 * exp(0.5 * (random() + random() + random() + random() - 2)))::int as ms
        from quiz_sessions s, (select id, row_number() over (order by id) as k from questions) q
    ) answered;
insert into quiz_items (quiz_id, question_id, version, position, served_at)
    select quiz_id, question_id, 1, row_number() over (partition by quiz_id order by created_at),
           created_at - time_taken_ms * interval '1 millisecond'
    from user_responses;
insert into telemetry.events (event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, question_id, version,
                              selected, is_correct, time_taken_ms, payload, ingested_at)
    select gen_random_uuid(), 'answer_submitted', created_at, tenant_id, user_id, quiz_id, question_id, version,
           option_label, is_correct, time_taken_ms, '{}', created_at + interval '5 seconds'
    from user_responses;
insert into calibration_runs (id, exam_code, status, snapshot_hash, code_version, n_persons, n_items, n_responses,
                              published_at, fitted_at)
    values (:run, :exam, 'published', 'hash', '0', 542, 12, 6500, now() - interval '2 days', now() - interval '2 days');
insert into item_calibration_candidate (run_id, question_id, version, model, a, b, c, se_a, se_b, n_respondents)
    select :run, id, 1, '2PL', 1.0, 0.1 * id, 0, 0.1, 0.1, 542 from questions;
insert into item_calibration (run_id, question_id, version, model, a, b, c, se_a, se_b, n_respondents, serving)
    select run_id, question_id, version, model, a, b, c, se_a, se_b, n_respondents, true
    from item_calibration_candidate;
insert into item_calibration_history (run_id, question_id, version, model, a, b, c, se_a, se_b, n_respondents, serving)
    select run_id, question_id, version, model, a, b, c, se_a, se_b, n_respondents, serving from item_calibration;
"""


def add_live_bank(connection: Connection) -> None:
    """Fill an empty database with the bank."""
    execute(connection, BANK, exam=EXAM, run=RUN)
    connection.execute(text("analyze"))
