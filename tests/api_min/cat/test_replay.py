"""Decisions made again from their log."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import Engine, text

from api_min.cat.replay import replay
from api_min.errors import SessionNotFound
from irt.simulation import draw_bank
from tests.api_min.cat.platform import BASE, make_section, play, usage_of

pytestmark = pytest.mark.anyio


def bank(items: int) -> str:
    drawn = draw_bank(np.random.default_rng(8), items)
    return usage_of(
        {
            f"i{n}": {
                "a": repr(float(drawn.a[n])),
                "b": repr(float(drawn.b[n])),
                "c": repr(float(drawn.c[n])),
            }
            for n in range(items)
        }
    )


@pytest.mark.parametrize("criterion", ["MFI", "MPWI", "KL", "MEPV"])
async def test_every_decision_comes_out_again_bit_for_bit(
    api, pipeline_engine: Engine, criterion: str
) -> None:
    section = await make_section(
        api,
        bank(50),
        selection={"criterion": criterion, "among": 4, "method": "MAP", "sd": 1.2},
        stopping={"length": 11},
        stage_length=2,
    )
    prior = [{"key": "initialEstimatedAbility", "value": "0.4"}]
    items, last = await play(api, section, lambda item: int(item[1:]) % 3 > 0, priorData=prior)
    session = last["assessmentResult"]["context"]["sessionIdentifiers"][0]["identifier"]
    assert (await api.delete(f"{BASE}/sections/{section}/sessions/{session}")).status_code == 204
    with pipeline_engine.begin() as connection:
        again = replay(connection, session)
    assert (again.decisions, again.differences) == (len(items), [])


async def test_what_was_changed_in_the_log_is_found(api, pipeline_engine: Engine, server) -> None:
    section = await make_section(api, bank(50), selection={"among": 4}, stopping={"length": 8})
    _, last = await play(api, section, lambda item: True)
    session = last["assessmentResult"]["context"]["sessionIdentifiers"][0]["identifier"]

    def found() -> set[tuple[int, str]]:
        with pipeline_engine.begin() as connection:
            return {(one.position, one.what) for one in replay(connection, session).differences}

    server.execute(text("update cat_items set theta = theta + 1e-15 where position = 3"))
    assert found() == {(3, "theta")}
    server.execute(text("update cat_items set correct = false where position = 6"))
    assert {(3, "theta"), (7, "theta"), (8, "se")} <= found()
    assert min(position for position, _ in found() - {(3, "theta")}) == 7
    server.execute(text("update cat_sessions set seed = seed / 2 + 1"))
    assert "item" in {what for _, what in found()}


def test_no_such_session(pipeline_engine: Engine) -> None:
    with pipeline_engine.begin() as connection:
        for name in ("session-00000000-0000-0000-0000-000000000001", "x"):
            with pytest.raises(SessionNotFound):
                replay(connection, name)
