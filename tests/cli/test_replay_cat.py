"""`qbank replay-cat` as a person runs it."""

from __future__ import annotations

import json
import uuid

import numpy as np
import pytest
from sqlalchemy import Engine, text

from tests.cli.conftest import Qbank


@pytest.fixture
def session(pipeline_engine: Engine) -> str:
    """Identifier of a session that was given the middle one of three items."""
    section, session = uuid.uuid4(), uuid.uuid4()
    with pipeline_engine.begin() as connection:
        connection.execute(
            text(
                "insert into cat_sections (id, definition, configuration, items) "
                "values (:s, '{}', '{\"stopping\": {\"length\": 1}}', '{x,y,z}')"
            ),
            {"s": section},
        )
        bank = connection.scalar(
            text(
                "insert into cat_banks (section_id, hash, items, a, b, c) "
                "values (:s, '0', '{x,y,z}', '{1,1,1}', '{-2,0,2}', '{0,0,0}') returning id"
            ),
            {"s": section},
        )
        connection.execute(
            text(
                "insert into cat_sessions (id, section_id, bank_id, seed, prior_mean, prior_sd, expires_at) "
                "values (:i, :s, :b, 5, 0, 1, now())"
            ),
            {"i": session, "s": section, "b": bank},
        )
    return f"session-{session}"


def log(engine: Engine, session: str, theta: float) -> None:
    """Log the one decision of the session, at an ability of `theta`, with what the engine makes of it."""
    from irt.selection import Answers, Limits, Rules, SelectionBank, Session, decide

    bank = SelectionBank([1, 1, 1], [-2, 0, 2], [0, 0, 0])
    known = Rules().ability(Answers.of([], [], [], []))
    made = decide(
        bank,
        Rules(),
        Session(known, np.empty(0, dtype=np.int64)),
        Limits(np.ones(3, dtype=np.bool_)),
        np.random.default_rng([5, 1]),
        lambda: 0.0,
    )
    candidates = [
        {"item": "xyz"[place], "value": value}
        for place, value in zip(made.candidates.tolist(), made.values.tolist(), strict=True)
    ]
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into cat_items (session_id, position, stage, item, place, criterion, value, theta, se, "
                "candidates) values (:i, 1, 1, 'y', 1, 'MFI', :value, :theta, :se, cast(:candidates as jsonb))"
            ),
            {
                "i": uuid.UUID(session.removeprefix("session-")),
                "value": made.value,
                "theta": known.theta + theta,
                "se": known.se,
                "candidates": json.dumps(candidates),
            },
        )


def test_a_session_comes_out_as_it_was_logged(qbank: Qbank, pipeline_engine: Engine, session: str) -> None:
    log(pipeline_engine, session, 0.0)
    made = qbank("replay-cat", session)
    assert (made.code, made.said) == (0, f"{session}: 1 decision, each as it was logged")
    assert json.loads(qbank("replay-cat", session, "--json").out) == {"decisions": 1, "differences": []}


def test_a_difference_is_shown_and_ends_with_1(qbank: Qbank, pipeline_engine: Engine, session: str) -> None:
    log(pipeline_engine, session, 0.25)
    made = qbank("replay-cat", session)
    assert made.code == 1
    assert "theta" in made.out
    assert "0.25" in made.out
    (one,) = json.loads(qbank("replay-cat", session, "--json").out)["differences"]
    assert (one["position"], one["what"]) == (1, "theta")
    assert one["logged"] == one["made"] + 0.25


def test_no_such_session_is_said(qbank: Qbank, pipeline_engine: Engine) -> None:
    refused = qbank("replay-cat", f"session-{uuid.uuid4()}")
    assert (refused.code, "there is no session" in refused.said) == (1, True)
