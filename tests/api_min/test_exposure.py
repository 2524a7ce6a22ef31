"""Exposure control by question: what is remembered survives other banks, and holds back what many met."""

from __future__ import annotations

import json
import uuid

import numpy as np
import pytest
from sqlalchemy import text

from api_min.exposure import count, counts_of, eligible, plain_of, rule_out
from delivery.rules import DeliveryRules
from irt.selection import Posterior
from tests.api_min.made import bank

RULES = DeliveryRules(r_max=0.2, points=(-1.0, 1.0))
BANK = bank([1.0] * 5, [0.0] * 5)
PRIOR = Posterior.of([], [], [], [])


def _session(counts, served):
    return count(counts, BANK, [[], []], PRIOR, served)


def test_what_is_remembered_comes_back_for_any_bank():
    counts = counts_of(None, BANK, RULES)
    for _ in range(10):
        counts = _session(counts, [10, 20])
    plain = json.loads(json.dumps(plain_of(counts, BANK)))
    assert set(plain["items"]) == {"10", "20"}
    again = counts_of(plain, BANK, RULES)
    for name in ("sessions", "feasible", "administered", "open"):
        np.testing.assert_allclose(getattr(again, name), getattr(counts, name), rtol=1e-12)
    fewer = counts_of(plain, bank([1.0] * 2, [0.0] * 2, question_id=np.array([20, 70])), RULES)
    np.testing.assert_allclose(fewer.administered[:, 0], counts.administered[:, 1])
    assert (fewer.administered[:, 1] == 0).all()
    np.testing.assert_allclose(fewer.open[:, 1], counts.sessions)
    assert counts_of(plain, BANK, DeliveryRules(r_max=0.2, points=(0.0,))).sessions.tolist() == [0.0]


def test_what_all_met_is_ruled_out_in_as_many_sessions_as_the_target_says():
    counts = counts_of(None, BANK, RULES)
    for _ in range(200):
        counts = _session(counts, [10])
    drawn = [rule_out(counts, BANK, np.random.default_rng(seed)) for seed in range(400)]
    share = np.mean([10 not in one[0] for one in drawn])
    assert abs(share - 0.2) < 0.08
    assert not any(20 in points for one in drawn for points in one)
    assert eligible([[10], []], BANK).tolist() == [[False, True, True, True, True], [True] * 5]


@pytest.mark.anyio
async def test_no_item_is_met_by_more_learners_than_the_target_says(lay_exam, server, api, begin):
    random = np.random.default_rng(6)
    lay_exam([{"a": float(random.uniform(0.6, 1.8)), "b": float(random.normal())} for _ in range(40)])
    server.execute(text('update exams set selection = \'{"r_max": 0.4, "points": [0]}\''))
    for learner in range(60):
        quiz = await begin(api, user=uuid.UUID(int=learner + 1), num_questions=4)
        for _ in range(4):
            question = (await api.get(f"/v1/quizzes/{quiz}/next")).json()["question_id"]
            body = {"question_id": question, "selected": "AB"[learner % 2], "time_taken_ms": 2000}
            await api.post(f"/v1/quizzes/{quiz}/answers", json=body)
        server.execute(text("update quiz_sessions set sealed_at = now() where sealed_at is null"))
    met = server.execute(text("select count(*) from quiz_items group by question_id")).scalars().all()
    assert max(met) / 60 < 0.4 + 0.15
    counted = server.execute(text("select count(*) from quiz_sessions where counted_at is not null"))
    assert counted.scalar_one() == 59
    server.execute(text("update exams set selection = '{}'"))
    server.execute(text("delete from quiz_sessions"))
    for learner in range(20):
        quiz = await begin(api, user=uuid.UUID(int=learner + 100), num_questions=4)
        await api.get(f"/v1/quizzes/{quiz}/next")
    met = server.execute(text("select count(*) from quiz_items group by question_id")).scalars().all()
    assert max(met) == 20  # without control all begin with the same item
