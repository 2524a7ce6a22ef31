"""A handful of kinds and the clean pass on a small bank; `make damage` plants every kind on a larger one."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import sql

from tests.damage.damage import EXAM, Damage
from tests.damage.good import make_good, plan_now
from tests.damage.kinds import DAMAGES
from tests.damage.place import Place, place_on, server_of
from tests.damage.run import Clean, look_at_clean, run

README = Path(__file__).parents[2] / "README.md"
# What a small bank shows as well as a large one: each way in which damage is caught.
FEW = (
    "answers written twice",
    "a key changed without a new version",
    "right and wrong exchanged for a day",
    "a truncated day of answers",
    "events that score other than the answers",
    "facts lost in a mart",
    "standard errors of zero",
    "a fit that stopped short",
    "attempts missing in ClickHouse",
)


@pytest.fixture(scope="module")
def good(cluster_url: str, clickhouse_server: str) -> Iterator[Place]:
    home = Path(tempfile.mkdtemp(prefix="qbank-damage-", dir="/tmp"))
    place = place_on(cluster_url, clickhouse_server, home, "qbank_damage_test")
    try:
        make_good(place, plan_now(responses=40_000), (EXAM,))
        yield place
    finally:
        with server_of(place) as server:
            server.execute(
                sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(place.database))
            )
        shutil.rmtree(home)


@pytest.fixture(scope="module")
def clean(good: Place) -> Clean:
    return look_at_clean(good)


@pytest.mark.timeout(900)
def test_good_data_raises_nothing(clean: Clean) -> None:
    assert clean.raised == ()
    assert len(clean.asked_by) > 100


@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", FEW)
def test_is_caught_by_its_check(good: Place, clean: Clean, name: str) -> None:
    (damage,) = (each for each in DAMAGES if each.name == name)
    caught = run(good, damage, clean)
    assert caught.caught, f"{damage.caught_by} did not raise; {caught.raised} did"


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "caught_by", ["user_responses: option_known", "user_responses: no_such_check", "constraint: no_such"]
)
def test_what_does_no_harm_is_not_caught(good: Place, clean: Clean, caught_by: str) -> None:
    assert not run(good, Damage("nothing", "select 1", caught_by), clean).caught


@pytest.mark.timeout(900)
def test_every_kind_names_a_check_that_is_asked(clean: Clean) -> None:
    missing = [each.name for each in DAMAGES if not each.refused and each.caught_by not in clean.asked_by]
    assert missing == []


def test_kinds_are_many_and_each_has_its_name() -> None:
    assert len({each.name for each in DAMAGES}) == len(DAMAGES)
    assert f"plants {len(DAMAGES)} kinds of damage" in README.read_text(encoding="utf-8")
