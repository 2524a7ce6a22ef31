"""Ten million answers: read from a long CSV and from Parquet, and packed into rows, in any order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

import irt
from ingestion.imports.answers import read_answers
from tests.benchmarks.figure import Figure, seconds

PERSONS, ITEMS, EACH = 200_000, 1_000, 50
CSV_S, PARQUET_S, PACKED_S = 30.0, 8.0, 3.0


def measure(folder: Path) -> Iterator[Figure]:
    """Read and pack 200,000 persons x 50 of 1,000 items, text identifiers in random order of items."""
    csv, parquet = _files(folder)
    irt.Responses.from_codes([0, 1], [0, 0], [0, 1], range(2), range(1))  # compiled before it is timed
    yield Figure("10 M answers read, CSV", seconds(lambda: read_answers(csv)), "s", goal=CSV_S, at_most=True)
    yield Figure(
        "10 M answers read, Parquet",
        seconds(lambda: read_answers(parquet)),
        "s",
        goal=PARQUET_S,
        at_most=True,
    )
    read = read_answers(parquet)
    order = np.random.default_rng(6).permutation(len(read.correct))
    person, item, correct = read.person[order], read.item[order], read.correct[order]
    yield Figure(
        "10 M shuffled answers packed",
        seconds(lambda: irt.Responses.from_codes(person, item, correct, read.persons, read.items)),
        "s",
        goal=PACKED_S,
        at_most=True,
    )


def _files(folder: Path) -> tuple[Path, Path]:
    random = np.random.default_rng(5)
    sets = np.argsort(random.random((1_000, ITEMS)), axis=1)[:, :EACH]
    item = sets[random.integers(0, len(sets), PERSONS)].ravel()
    frame = pl.DataFrame(
        {
            "person": pl.Series(np.repeat(np.arange(PERSONS), EACH)),
            "item": pl.Series(item),
            "correct": random.integers(0, 2, len(item), dtype=np.int8),
        }
    )
    csv, parquet = folder / "answers.csv", folder / "answers.parquet"
    frame.with_columns(
        pl.format("p{}", "person").alias("person"), pl.format("i{}", "item").alias("item")
    ).write_csv(csv)
    frame.write_parquet(parquet)
    return csv, parquet
