"""A bank of any size with a history of quizzes, and changes to it, all as SQL on the operational tables.

Exam MAIN has all questions but the last six, which are exam SMALL. Quizzes serve runs of neighbouring questions;
some items are skipped, some omitted, some quizzes handed in, some left.
"""

from __future__ import annotations

import random
import uuid
from typing import Any

from psycopg import Connection

TENANT = uuid.UUID("00000000-0000-0000-0000-00000000000a")
N_SMALL = 6

_FILL = """
select setseed(0.5);
insert into exams (code, tenant_id) values ('MAIN', '{tenant}'), ('SMALL', '{tenant}');
insert into topics (tenant_id, name, path) values ('{tenant}', 'All', 'all'), ('{tenant}', 'Half', 'all.half');
insert into questions (tenant_id, home_exam_code, created_by)
    select '{tenant}', case when g <= {questions} - {small} then 'MAIN' else 'SMALL' end, '{tenant}'
    from generate_series(1, {questions}) g;
insert into question_versions (question_id, version, tenant_id, state, stem_md, created_by, topic_id)
    select id, 1, '{tenant}', 'published', '?', '{tenant}', (select min(id) + q.id % 2 from topics) from questions q;
insert into app_users (id, tenant_id, is_flagged)
    select md5('learner ' || g)::uuid, '{tenant}', g % 50 = 0 from generate_series(0, {learners} - 1) g;
insert into quiz_sessions (id, user_id, tenant_id, mode, num_questions, started_at, expires_at, sealed_at)
    select md5('quiz ' || g)::uuid, md5('learner ' || g % {learners})::uuid, '{tenant}',
           case when g % 3 = 0 then 'exam' else 'tutor' end, {items} + g / 12 % 2 * {items} * 2, begun,
           begun + interval '2 hours',
           case when g % 4 > 0 then begun + interval '1 hour' end
    from generate_series(1, {quizzes}) g,
         lateral (select timestamptz '2026-01-01 00:00Z' + g * (interval '120 days' / {quizzes}) as begun) b;
insert into quiz_items (quiz_id, tenant_id, question_id, version, position, served_at, skipped_at)
    select s.id, '{tenant}', 1 + (abs(hashtext(s.id::text)) + p) % {questions}, 1, p,
           s.started_at + p * interval '45 seconds',
           case when random() < .05 then s.started_at + p * interval '50 seconds' end
    from quiz_sessions s, generate_series(1, {items}) p;
insert into user_responses (quiz_id, user_id, tenant_id, question_id, version, option_label, is_correct,
                            time_taken_ms, synthetic_time, created_at)
    select i.quiz_id, s.user_id, '{tenant}', i.question_id, 1, 'A', random() < .6, took, random() < .02,
           i.served_at + took * interval '1 ms'
    from quiz_items i join quiz_sessions s on s.id = i.quiz_id,
         lateral (select case when i.position % 7 = 0 then 2 else .6 end as sd) d,
         lateral (select (40000 * exp(random_normal(0, sd)))::int as took) t
    where i.skipped_at is null and random() < .95;
insert into telemetry.events (event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, question_id, version,
                              payload)
    select gen_random_uuid(), 'explanation_viewed', created_at + interval '1 minute', tenant_id, user_id, quiz_id,
           question_id, version, '{{}}' from user_responses where random() < .05;
"""


def fill(connection: Connection[Any], *, learners: int, quizzes: int, items: int, questions: int) -> None:
    """Fill the empty database behind a superuser's connection."""
    # What is generated keeps the rules; checking every key of a million rows would take minutes.
    connection.execute("set session_replication_role = replica")
    statements = _FILL.format(
        tenant=TENANT, small=N_SMALL, learners=learners, quizzes=quizzes, items=items, questions=questions
    )
    for statement in statements.split(";\n"):
        if statement.strip():
            connection.execute(statement)
    connection.execute("set session_replication_role = origin")
    connection.execute("vacuum analyze")


_ANSWER = """
    insert into user_responses (quiz_id, user_id, tenant_id, question_id, version, option_label, is_correct,
                                time_taken_ms, created_at)
    select i.quiz_id, s.user_id, i.tenant_id, i.question_id, i.version, 'B', {right}, {took},
           i.served_at + interval '{took} ms'
    from quiz_items i join quiz_sessions s on s.id = i.quiz_id
    left join user_responses r on r.quiz_id = i.quiz_id and r.question_id = i.question_id
    where r.id is null
"""


class Changes:
    """Random changes that delivery, imports, editors and the drain make, reproducible by their seed."""

    def __init__(self, connection: Connection[Any], seed: int) -> None:
        self.run = connection.execute
        self.random = random.Random(seed)
        self.kinds = [
            self.new_quiz,
            self.answers_to_what_was_served,
            self.skips,
            self.seals,
            self.explanations,
            self.flags,
            self.version,
            self.question_of_the_small_exam,
            self.many_answers_to_one_item,
        ]

    def some(self, number: int) -> None:
        """Make `number` changes of random kinds, a transaction each."""
        for kind in self.random.choices(self.kinds, k=number):
            kind()

    def new_quiz(self) -> None:
        """A quiz at any time of the last months, of a learner known or new, some of its items answered at once."""
        quiz, learner = uuid.UUID(int=self.random.getrandbits(128)), self.random.randrange(70)
        self.run(
            "insert into quiz_sessions (id, user_id, tenant_id, mode, num_questions, started_at, expires_at, "
            "sealed_at) select %(quiz)s, md5('learner ' || %(learner)s::int)::uuid, %(tenant)s, %(mode)s, 12, begun, "
            "begun + interval '2 hours', case when %(sealed)s then begun + interval '30 minutes' end "
            "from (select timestamptz '2025-12-01 23:00Z' + %(hours)s * interval '1 hour' as begun) b",
            {
                "quiz": quiz, "learner": learner, "tenant": TENANT, "sealed": self.random.random() < 0.5,
                "mode": self.random.choice(["tutor", "exam"]), "hours": self.random.randrange(3000),
            },
        )  # fmt: skip
        self.run(
            "insert into quiz_items (quiz_id, tenant_id, question_id, version, position, served_at) "
            "select s.id, s.tenant_id, q.id, v.version, row_number() over (order by q.id), "
            "s.started_at + row_number() over (order by q.id) * interval '5 minutes' "
            "from quiz_sessions s, lateral (select id from questions order by md5(id::text || s.id::text) limit 9) q, "
            "lateral (select max(version) as version from question_versions where question_id = q.id) v "
            "where s.id = %s",
            [quiz],
        )
        self.run(self._answer() + " and i.quiz_id = %s and i.position <= 6", [quiz])

    def answers_to_what_was_served(self) -> None:
        """Answers that arrive late, to items of any day that had none."""
        self.run(
            self._answer() + " and i.skipped_at is null and hashtext(i.id::text) %% 97 = %s",
            [self._one_of(97)],
        )

    def skips(self) -> None:
        """Skips of items, answered or not."""
        self.run(
            "update quiz_items set skipped_at = served_at + interval '9 seconds' "
            "where skipped_at is null and hashtext(id::text) %% 61 = %s",
            [self._one_of(61)],
        )

    def seals(self) -> None:
        """Quizzes handed in."""
        self.run(
            "update quiz_sessions set sealed_at = started_at + interval '1 hour' "
            "where sealed_at is null and hashtext(id::text) %% 13 = %s",
            [self._one_of(13)],
        )

    def explanations(self) -> None:
        """Explanations viewed before or after the answer, told later."""
        self.run(
            "insert into telemetry.events (event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, "
            "question_id, version, payload) select gen_random_uuid(), 'explanation_viewed', "
            "created_at + %s * interval '1 hour', tenant_id, user_id, quiz_id, question_id, version, '{}' "
            "from user_responses where hashtext(id::text) %% 101 = %s",
            [self.random.randint(-50, 50), self._one_of(101)],
        )

    def flags(self) -> None:
        """Learners flagged, or not any more."""
        self.run(
            "update app_users set is_flagged = not is_flagged where hashtext(id::text) %% 17 = %s",
            [self._one_of(17)],
        )

    def version(self) -> None:
        """A new version of a question."""
        self.run(
            "insert into question_versions (question_id, version, tenant_id, state, stem_md, created_by, edit_kind, "
            "based_on_version) select question_id, max(version) + 1, tenant_id, 'published', '?', tenant_id, "
            "'wording', max(version) from question_versions "
            "where question_id = (select min(id) + %s from questions) group by question_id, tenant_id",
            [self.random.randrange(20)],
        )

    def question_of_the_small_exam(self) -> None:
        """One more question of the exam that has few."""
        self.run(
            "with made as (insert into questions (tenant_id, home_exam_code, created_by) values (%s, 'SMALL', %s) "
            "returning id, tenant_id) insert into question_versions (question_id, version, tenant_id, state, stem_md, "
            "created_by) select id, 1, tenant_id, 'published', '?', tenant_id from made",
            [TENANT, TENANT],
        )

    def many_answers_to_one_item(self) -> None:
        """So many recorded times of one item that its median moves."""
        question, took = self.random.randrange(20), self.random.choice([4000, 90_000, 200_000])
        made = self.run(
            "with made as (insert into quiz_sessions (user_id, tenant_id, num_questions, started_at) "
            "select gen_random_uuid(), %s, 5, timestamptz '2026-02-01 12:00Z' + g * interval '1 hour' "
            "from generate_series(1, 60) g returning id, tenant_id, user_id, started_at), "
            "served as (insert into quiz_items (quiz_id, tenant_id, question_id, version, position, served_at) "
            "select id, tenant_id, (select min(id) + %s from questions), 1, 1, started_at from made "
            "returning quiz_id, question_id) "
            "insert into user_responses (quiz_id, user_id, tenant_id, question_id, version, is_correct, time_taken_ms, "
            "created_at) select made.id, made.user_id, made.tenant_id, served.question_id, 1, true, %s, "
            "made.started_at + interval '5 minutes' from made join served on served.quiz_id = made.id",
            [TENANT, question, took],
        )
        assert made.rowcount == 60

    def _answer(self) -> str:
        right, took = self.random.random() < 0.6, int(40_000 * self.random.lognormvariate(0, 1.2))
        return _ANSWER.format(right=right, took=took)

    def _one_of(self, number: int) -> int:
        return self.random.randrange(number)
