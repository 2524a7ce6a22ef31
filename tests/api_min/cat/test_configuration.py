"""The section configuration: what it says to the engine, and that its page tells of all of it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from api_min.cat import configuration
from api_min.cat.configuration import Cut, SectionConfiguration, SelectionRules, Stopping
from api_min.errors import InvalidData
from irt.selection import Classification, Rules, StoppingRule

PAGE = (Path(__file__).parents[3] / "docs" / "cat_api.md").read_text(encoding="utf-8")


def read(**fields: Any) -> SectionConfiguration:
    return configuration.read(json.dumps(fields).encode())


def test_every_field_reaches_the_engine() -> None:
    selection = {"method": "WLE", "criterion": "KL", "among": 3, "candidates": 7, "mean": 0.5, "sd": 1.5}
    cut = {"cut": 0.4, "delta": 0.2, "alpha": 0.1, "beta": 0.2}
    stopping = {"length": 9, "se": 0.4, "require": "all", "min_length": 2, "max_length": 20, "seconds": 60.0}
    asked = read(selection=selection, stopping={**stopping, "classification": cut}, session_hours=2)
    assert asked.rules(0.5, 1.5) == Rules(**selection)
    assert asked.rule() == StoppingRule(**stopping, classification=Classification(**cut))
    assert asked.lifetime == dt.timedelta(hours=2)
    again = SectionConfiguration.model_validate(asked.model_dump(mode="json", exclude={"items"}))
    assert again == asked


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"stopping": {"length": 1}, "stage_length": 0}, "stage_length"),
        ({"stopping": {"length": 1}, "session_hours": 721}, "session_hours"),
        ({"stopping": {"length": 1}, "selection": {"sd": 0}}, "selection.sd"),
        ({"stopping": {"length": 1}, "selection": {"criterion": "best"}}, "selection.criterion"),
        ({"stopping": {"length": 1}, "default_a": 0}, "default_a"),
        ({"stopping": {"length": 1}, "items": []}, "items"),
        ({"stopping": {"length": 1}, "tenant_id": "x"}, "tenant_id"),
        ({"stopping": {"length": 1}, "exam_code": "no spaces"}, "exam_code"),
        ({"stopping": {"length": 1}, "context": "\x00"}, "context"),
        ({"stopping": {"se": -1, "max_length": 3}}, "stopping"),
        ({"stopping": {"length": 1, "min_length": 2}}, "stopping"),
    ],
)
def test_what_it_cannot_say_is_refused_by_name(fields: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidData, match=rf"sectionConfiguration\.{where}"):
        read(**fields)


@pytest.mark.parametrize("part", [SectionConfiguration, SelectionRules, Stopping, Cut])
def test_the_page_tells_of_every_field(part: type[SectionConfiguration]) -> None:
    assert [name for name in part.model_fields if f"`{name}`" not in PAGE] == []


def test_the_configuration_of_the_pages_example_is_one() -> None:
    (shown,) = [line for line in PAGE.splitlines() if line.startswith("CONFIGURATION=")]
    asked = configuration.read(shown.split("'")[1].encode())
    assert (asked.exam_code, asked.stopping.length) == ("J35", 10)
