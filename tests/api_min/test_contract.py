"""Requests made from the OpenAPI, right and wrong ones, with a token: none of them breaks the service."""

from __future__ import annotations

from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance
from sqlalchemy import text

from tests.api_min.tokens import LEARNER, TENANT, bearer

QUIZ = "8d0f4c7e-6f0a-4d6c-9f53-1f5f5a3c2b10"
EXAMPLES = 60


@pytest.fixture
def contract(lay_exam, server, base_url):
    """The contract of a served application with a bank and an open quiz."""
    question = lay_exam([{"a": 1.0, "b": 0.0}, {}, {"label": "hard", "topic": "medicine.cardiology"}])[0]
    who = {"quiz": QUIZ, "user": LEARNER, "tenant": TENANT, "question": question}
    server.execute(
        text(
            "insert into quiz_sessions (id, user_id, tenant_id, mode, adaptive, exam_code, num_questions, expires_at)"
            " values (:quiz, :user, :tenant, 'tutor', true, 'demo', 3, now() + interval '2 hours')"
        ),
        who,
    )
    server.execute(
        text(
            "insert into quiz_items (tenant_id, quiz_id, question_id, version, position)"
            " values (:tenant, :quiz, :question, 1, 1)"
        ),
        who,
    )
    return schemathesis.openapi.from_url(f"{base_url}/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_that_the_contract_can_make_breaks_the_service(contract, mode):
    said: Counter[int] = Counter()
    operations = [found.ok() for found in contract.get_all_operations()]
    assert len(operations) >= 4
    for operation in operations:
        if mode is GenerationMode.NEGATIVE and operation.path in ("/health", "/ready"):
            continue  # it takes nothing that could be wrong

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            if mode is GenerationMode.POSITIVE and "quiz_id" in case.path_parameters:
                case.path_parameters["quiz_id"] = QUIZ
            if mode is GenerationMode.POSITIVE and isinstance(case.body, dict) and "tenant_id" in case.body:
                case.body["tenant_id"] = str(TENANT)
            response = case.call(headers=bearer(role="service"))
            said[response.status_code] += 1
            # Well-formed wishes may still be impossible: no such topic, nothing to serve.
            case.validate_response(response, excluded_checks=[positive_data_acceptance])

        ask()
    assert sum(count for status, count in said.items() if status >= 500) == 0
    assert mode is GenerationMode.NEGATIVE or 401 not in said  # wrong requests have wrong tokens among them
    assert len(said) >= 2
    print(f"{mode.name}: {sum(said.values())} requests, by status {dict(sorted(said.items()))}")
