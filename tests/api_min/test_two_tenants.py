"""Random sequences of requests by learners and services of two tenants, over HTTP: no row crosses."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlalchemy import Connection, text

from database.tenancy import enter_tenant
from tests.api_min.tokens import SECRET, bearer

TENANTS = (uuid.UUID(int=1), uuid.UUID(int=2))
LEARNERS = (uuid.UUID(int=31), uuid.UUID(int=32))  # of the same ids in both tenants, which must not help
PATIENCE_S = 30


@dataclass
class Tally:
    """What all sequences together did."""

    requests: int = 0
    granted: int = 0
    refused: int = 0
    quizzes: dict[str, tuple[uuid.UUID, uuid.UUID]] = field(default_factory=dict)
    answers: dict[str, list[int]] = field(default_factory=dict)
    served: dict[str, set[int]] = field(default_factory=dict)


@pytest.fixture
def banks(lay_exam: Callable[..., list[int]], server: Connection) -> dict[uuid.UUID, set[int]]:
    """Questions of each tenant: three of its own, and one of the first that is published to both."""
    items = [{"a": 1.0, "b": 0.0}, {"a": 1.2, "b": 0.5}, {}]
    own = {
        tenant: set(lay_exam(items, exam=f"exam{n}", tenant=tenant, run=uuid.UUID(int=90 + n)))
        for n, tenant in enumerate(TENANTS)
    }
    shared = min(own[TENANTS[0]])
    server.execute(
        text(
            "insert into question_publications (question_id, live_version, exam_code, tenant_id)"
            " values (:question, 1, 'exam1', :tenant)"
        ),
        {"question": shared, "tenant": TENANTS[1]},
    )
    return {TENANTS[0]: own[TENANTS[0]], TENANTS[1]: own[TENANTS[1]] | {shared}}


def machine(
    client: httpx.Client, banks: dict[uuid.UUID, set[int]], tally: Tally
) -> type[RuleBasedStateMachine]:
    """Sequences that share the database, so that each meets what the former ones left."""
    tenants, learners = st.sampled_from(TENANTS), st.sampled_from(LEARNERS)
    roles = st.sampled_from(("learner", "service", "admin"))
    secrets = st.sampled_from((None, None, None, SECRET + "!"))
    picks = st.integers(0, 10_000)

    class TwoTenants(RuleBasedStateMachine):
        def _ask(self, method, path, who, body=None):
            tenant, user, role, secret = who
            headers = bearer(user, tenant, role, secret=secret)
            tally.requests += 1
            response = client.request(method, path, headers=headers, json=body)
            assert response.status_code < 500, response.text
            return response

        def _may(self, who, tenant, user):
            return (
                who[3] is None
                and who[0] == tenant
                and (who[2] == "service" or (who[2] == "learner" and who[1] == user))
            )

        def _refused(self, who, response, otherwise):
            tally.refused += 1
            expected = 401 if who[3] is not None else 403 if who[2] == "admin" else otherwise
            assert response.status_code == expected, response.text
            for question in range(max(max(bank) for bank in banks.values()) + 1):
                assert f"Stem of {question}" not in response.text

        def _quiz(self, pick):
            quizzes = list(tally.quizzes)
            return quizzes[-1 - pick % min(len(quizzes), 8)]

        @initialize()
        def everybody_begins(self):
            for tenant in TENANTS:
                for user in LEARNERS:
                    self.begin((tenant, user, "learner", None), tenant, user, True)

        def begin(self, who, tenant, user, adaptive):
            body = {"user_id": str(user), "tenant_id": str(tenant), "adaptive": adaptive}
            response = self._ask("POST", "/v1/quizzes", who, body)
            if not self._may(who, tenant, user):
                self._refused(who, response, 403)
                return
            assert response.status_code == 201, response.text
            tally.granted += 1
            quiz = response.json()["quiz_id"]
            assert set(response.json()["question_ids"]) <= banks[tenant]
            tally.quizzes[quiz] = (tenant, user)

        @rule(
            who=st.tuples(tenants, learners, roles, secrets),
            tenant=tenants,
            user=learners,
            adaptive=st.booleans(),
        )
        def anybody_begins(self, who, tenant, user, adaptive):
            self.begin(who, tenant, user, adaptive)

        def next(self, who, quiz):
            response = self._ask("GET", f"/v1/quizzes/{quiz}/next", who)
            tenant, user = tally.quizzes[quiz]
            if not self._may(who, tenant, user):
                self._refused(who, response, 404)
                return None
            tally.granted += 1
            if response.status_code == 404:
                assert response.json()["type"].endswith("no-more-questions")
                return None
            assert response.status_code == 200
            question = response.json()["question_id"]
            assert question in banks[tenant]
            tally.served.setdefault(quiz, set()).add(question)
            return question

        @rule(who=st.tuples(tenants, learners, roles, secrets), pick=picks)
        def anybody_asks(self, who, pick):
            self.next(who, self._quiz(pick))

        @rule(who=st.tuples(tenants, learners, roles, secrets), pick=picks, key=st.sampled_from((None, "k")))
        def anybody_answers_what_its_learner_was_asked(self, who, pick, key):
            quiz = self._quiz(pick)
            tenant, user = tally.quizzes[quiz]
            question = self.next((tenant, user, "learner", None), quiz)
            if question is None:
                return
            body = {"question_id": question, "selected": "B", "time_taken_ms": 5}
            response = self._ask("POST", f"/v1/quizzes/{quiz}/answers", who, body)
            if not self._may(who, tenant, user):
                self._refused(who, response, 404)
                return
            assert response.status_code == 200, response.text
            tally.granted += 1
            tally.answers.setdefault(quiz, []).append(question)

    return TwoTenants


def test_no_row_crosses_between_tenants_or_learners(base_url, banks, server, record_property):
    tally = Tally()
    with httpx.Client(base_url=base_url, timeout=PATIENCE_S, trust_env=False) as client:
        run_state_machine_as_test(
            machine(client, banks, tally),
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                derandomize=True,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
    assert min(tally.granted, tally.refused) > 100
    assert _sessions(server) == tally.quizzes
    assert _answers(server) == {quiz: sorted(given) for quiz, given in tally.answers.items()}
    assert _crossed(server, banks) == 0
    assert _seen_of_others(server) == 0
    record_property(
        "sequences", f"{tally.requests} requests, {tally.granted} granted, {tally.refused} refused"
    )
    print(f"{tally.requests} requests, {tally.granted} granted, {tally.refused} refused, 0 rows crossed")


def _sessions(server: Connection) -> dict[str, tuple[uuid.UUID, uuid.UUID]]:
    rows = server.execute(text("select id, tenant_id, user_id from quiz_sessions"))
    return {str(row.id): (row.tenant_id, row.user_id) for row in rows}


def _answers(server: Connection) -> dict[str, list[int]]:
    rows = server.execute(
        text("select quiz_id, array_agg(question_id order by question_id) from user_responses group by 1")
    )
    return {str(quiz): questions for quiz, questions in rows}


def _crossed(server: Connection, banks: dict[uuid.UUID, set[int]]) -> int:
    """Rows of a quiz that are another tenant's or learner's than the quiz, or of a question not published to it."""
    of_quizzes = ("quiz_items", "user_responses", "selection_decisions", "event_outbox")
    crossed = 0
    for table in of_quizzes:
        joined = f"from {table} t left join quiz_sessions q on q.id = t.quiz_id"
        crossed += _count(server, f"select count(*) {joined} where t.tenant_id is distinct from q.tenant_id")
        assert _count(server, f"select count(*) from {table}") > 0
    crossed += _count(
        server,
        "select count(*) from user_responses r join quiz_sessions q on q.id = r.quiz_id where r.user_id <> q.user_id",
    )
    crossed += _count(
        server,
        "select count(*) from event_outbox e join quiz_sessions q on q.id = e.quiz_id"
        " where (e.payload->>'user_id')::uuid <> q.user_id or (e.payload->>'tenant_id')::uuid <> q.tenant_id",
    )
    rows = server.execute(text("select distinct tenant_id, question_id from quiz_items"))
    return crossed + sum(row.question_id not in banks[row.tenant_id] for row in rows)


def _count(server: Connection, query: str) -> int:
    return int(server.execute(text(query)).scalar_one())


def _seen_of_others(server: Connection) -> int:
    """Rows that a transaction sees of others, within each tenant, and for each learner of it."""
    seen = 0
    for tenant in TENANTS:
        for learner in (None, *LEARNERS):
            for table in ("quiz_sessions", "user_responses", "quiz_items", "event_outbox"):
                server.execute(text("begin"))
                enter_tenant(server, tenant, learner)
                other = f"tenant_id <> '{tenant}'"
                if learner is not None and table in ("quiz_sessions", "user_responses"):
                    other += f" or user_id <> '{learner}'"
                seen += _count(server, f"select count(*) from {table} where {other}")
                server.execute(text("rollback"))
    return seen
