"""Every column that an import reads is documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.imports import blueprint, items, learners, reader, values

SECTIONS = {
    "Items": (*items.REQUIRED, *items.OPTIONAL),
    "Responses": (*reader.REQUIRED, *reader.OPTIONAL),
    "Learners": (*learners.REQUIRED, *learners.OPTIONAL),
    "Blueprint": blueprint.REQUIRED,
}
TEXT = (Path(__file__).parents[3] / "docs" / "data_contracts.md").read_text().split("## Import files")[1]


@pytest.mark.parametrize("section", SECTIONS)
def test_the_section_lists_exactly_the_columns_that_are_read(section: str) -> None:
    body = TEXT.split(f"### {section}\n")[1].split("\n#")[0]
    listed = [line.split("`")[1] for line in body.splitlines() if line.startswith("| `")]
    assert listed == list(SECTIONS[section])


def test_bounds_are_those_of_the_code() -> None:
    assert f"up to {values.MAX_ID} characters" in TEXT
    assert f"from 1 to {values.MAX_ATTEMPT}" in TEXT
