"""Some nights in a row: what is planted is found, and the scale stays where the first night put it."""

from __future__ import annotations

from pathlib import Path

import pytest

from database.engine import engine_as
from database.tenancy import Role
from tests.nights.found import Found, found
from tests.nights.house import Night
from tests.nights.plan import SHORT
from tests.nights.play import play
from tests.nights.world import Item

Played = tuple[list[Item], list[Night], Found]
#: Nights after which what was planted must have been found.
SOON = 7


@pytest.fixture(scope="module")
def played(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Played:
    engine = engine_as(module_database_url, Role.PIPELINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QBANK_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("QBANK_DATABASE_URL", module_database_url)
        items, nights = play(SHORT, engine)
    engine.dispose()
    return items, nights, found(SHORT, items, nights)


@pytest.mark.timeout(900)
def test_every_night_is_published_and_the_first_defines_the_scale(played: Played) -> None:
    _, nights, said = played
    assert said.held_back == ()
    assert [night.status for night in nights] == ["published"] * SHORT.nights
    assert [night.lifecycle.defines_scale for night in nights] == [True] + [False] * (SHORT.nights - 1)


def test_the_scale_stays_where_the_first_night_put_it(played: Played) -> None:
    last = played[2].moved[-1]
    assert last.n_items >= 3
    assert abs(last.shift) < 0.02 + 2.5 * last.se


def test_what_drifts_and_what_has_a_wrong_key_is_found_soon(played: Played) -> None:
    _, _, said = played
    assert len(said.drift_after) == SHORT.drifting
    assert all(after is not None and after <= SOON for after in said.drift_after.values()), said.drift_after
    stand = {flag["item"] for flag in played[1][-1].flags if flag["flag"] == "drift"}
    assert stand >= set(said.drift_after), "a flag that nobody has looked at is gone"
    assert said.miskeyed_after is not None
    assert said.miskeyed_after <= SOON


def test_nothing_else_is_blamed_and_no_other_curve_is_wrong(played: Played) -> None:
    _, _, said = played
    assert len(said.false_drift) <= 1  # a false discovery in twenty is what the rule allows
    assert said.false_miskeyed == ()
    assert said.wrong == ()


def test_an_edit_of_looks_carries_over_and_a_changed_key_starts_afresh(played: Played) -> None:
    items, nights, _ = played
    edits = {item.edit_kind: item.key for item in items if item.edit_kind}
    live = {(row["question_id"], row["version"]): row for row in nights[-1].live}
    looks, key = edits["cosmetic"], edits["key"]
    assert live[looks]["status"] in ("carried over", "anchor")
    assert live[looks]["b"] == live[looks[0], 1]["b"]
    assert (key[0], 1) not in live
    dropped = {(row["question_id"], row["version"]): row["state"] for row in nights[-1].anchors}
    assert dropped[key[0], 1] == "dropped"


def test_a_retired_item_holds_the_scale_no_less_than_before(played: Played) -> None:
    items, nights, _ = played
    retired = [item.key for item in items if item.until == SHORT.retired[0] and not item.edit_kind]
    states = {(row["question_id"], row["version"]): row["state"] for row in nights[-1].anchors}
    assert {states[key] for key in retired} == {"anchor"}


def test_the_picture_is_drawn(played: Played, tmp_path: Path) -> None:
    from irt.plots import png
    from tests.nights.picture import draw

    _, nights, said = played
    assert png(draw(SHORT, nights, [said]))[:8] == b"\x89PNG\r\n\x1a\n"
