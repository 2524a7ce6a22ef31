"""`qbank import` of a million responses, and of the same file again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from database.engine import engine_as
from database.tenancy import Role
from ingestion.imports import ImportRequest, import_exam
from tests.benchmarks.figure import Figure, seconds

PERSONS, ITEMS, LIMIT_S = 10_000, 100, 60.0
TENANT = uuid.UUID("00000000-0000-0000-0000-000000000001")


def measure(url: str, folder: Path) -> Iterator[Figure]:
    """Import 10,000 persons x 100 items, long, twice."""
    items, responses = _files(folder)
    request = ImportRequest("BENCH", items, responses, tenant=TENANT, seed=0, rejects_dir=folder)
    engine = engine_as(url, Role.PIPELINE)
    first = seconds(lambda: import_exam(engine, request))
    again = seconds(lambda: import_exam(engine, request))
    engine.dispose()
    yield Figure("import of 1,000,000 responses", first, "s", goal=LIMIT_S, at_most=True)
    yield Figure("the same file imported again", again, "s", goal=LIMIT_S, at_most=True)


def _files(folder: Path) -> tuple[Path, Path]:
    random = np.random.default_rng(5)
    items, responses = folder / "items.csv", folder / "responses.csv"
    names = [f"I{number}" for number in range(ITEMS)]
    pl.DataFrame({"item": names, "key": ["A"] * ITEMS, "options": ["ABCD"] * ITEMS}).write_csv(items)
    pl.DataFrame(
        {
            "person": np.repeat([f"p{number}" for number in range(PERSONS)], ITEMS),
            "item": np.tile(names, PERSONS),
            "response": random.choice(["A", "B", "C", "D"], size=PERSONS * ITEMS),
        }
    ).write_csv(responses)
    return items, responses
