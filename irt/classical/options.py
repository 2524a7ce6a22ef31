"""How often each option of an item was chosen, and by whom."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from irt.classical.items import correlation, rest_scores
from irt.errors import InvalidResponses
from irt.models import Floats
from irt.responses import Column, encode, label_series, listed


@dataclass(frozen=True)
class ItemChoices:
    """The answers to one item: 0/1 columns by option, and the rest score of those who answered.

    `chosen` has the key first, then the other options in order of label.
    """

    item: Hashable
    key: Hashable
    chosen: dict[Hashable, Floats]
    rest: Floats


def option_statistics(
    person: Column, item: Column, option: Column, key: Mapping[Any, Hashable]
) -> pl.DataFrame:
    """How often each option was chosen, and by whom.

    One row of the input is one answer; rows whose option is empty are left out. Returns item, option,
    is_key, n, proportion (of the item's answers), rest_correlation (of choosing the option, with the rest
    score; null where undefined); the key has a row even if nobody chose it.

    Raises:
        InvalidResponses: unequal lengths, an answer given twice, or an item without a key.
    """
    rows: list[dict[str, object]] = []
    for choices in choices_by_item(person, item, option, key):
        for name, indicator in choices.chosen.items():
            rows.append(
                {
                    "item": choices.item,
                    "option": name,
                    "is_key": name == choices.key,
                    "n": int(indicator.sum()),
                    "proportion": float(indicator.mean()),
                    "rest_correlation": correlation(indicator, choices.rest),
                }
            )
    kinds = {"is_key": pl.Boolean, "n": pl.Int64, "proportion": pl.Float64, "rest_correlation": pl.Float64}
    return frame(rows, ("item", "option"), kinds).with_columns(pl.col("rest_correlation").fill_nan(None))


def choices_by_item(
    person: Column, item: Column, option: Column, key: Mapping[Any, Hashable]
) -> Iterator[ItemChoices]:
    """The answers of each item, in order of the items' first appearance, all scored by the key."""
    rows = [row for row in zip(*_columns(person, item, option), strict=True) if not _empty(row[2])]
    if not rows:
        raise InvalidResponses("there are no responses: every option is empty")
    people, tests, options = zip(*rows, strict=True)
    person_codes, persons = encode(people, "person")
    item_codes, items = encode(tests, "item")
    keyless = [label for label in items if label not in key]
    if keyless:
        raise InvalidResponses(
            f"{len(keyless)} items have no key, the first is {keyless[0]!r}; add them to the key"
        )
    pairs, seen = np.unique(person_codes * len(items) + item_codes, return_counts=True)
    if (seen > 1).any():
        who, what = divmod(int(pairs[seen.argmax()]), len(items))
        raise InvalidResponses(
            f"person {persons[who]!r} answered item {items[what]!r} more than once; keep one of the answers"
        )
    right = np.array(
        [key[label] == choice for label, choice in zip(tests, options, strict=True)], dtype=np.float64
    )
    rest = rest_scores(person_codes, item_codes, right, len(items))
    order = np.argsort(item_codes, kind="stable")
    for label, own in zip(items, np.split(order, np.bincount(item_codes)[:-1].cumsum()), strict=True):
        codes, names = encode([options[i] for i in own], "option")
        others = sorted(
            (name for name in names if name != key[label]), key=lambda name: (str(type(name)), name)
        )
        chosen = {
            name: (codes == names.index(name)).astype(np.float64) if name in names else np.zeros(len(own))
            for name in (key[label], *others)
        }
        yield ItemChoices(label, key[label], chosen, rest[own])


def frame(
    rows: list[dict[str, object]], labels: tuple[str, ...], kinds: Mapping[str, type[pl.DataType]]
) -> pl.DataFrame:
    """Rows as a frame whose columns are there also when there are no rows."""
    columns = [
        label_series(name, tuple(row[name] for row in rows))
        if name in labels
        else pl.Series(name, [row[name] for row in rows], dtype=kinds[name])
        for name in (*labels, *kinds)
    ]
    return pl.DataFrame(columns)


def _columns(person: Column, item: Column, option: Column) -> tuple[list[Hashable], ...]:
    columns = tuple(listed(values) for values in (person, item, option))
    if len({len(column) for column in columns}) > 1:
        raise InvalidResponses(
            "person, item and option must be equally long, "
            f"not {', '.join(str(len(column)) for column in columns)} rows"
        )
    return columns


def _empty(option: Hashable) -> bool:
    return option is None or option == "" or option != option  # noqa: PLR0124 - NaN is unequal to itself
