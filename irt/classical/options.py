"""How often each option of an item was chosen, and by whom."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from irt.classical.items import FLAT, rest_scores
from irt.errors import InvalidResponses
from irt.labels import Codes, Column, coded, listed, missing, plain
from irt.models import Floats
from irt.responses import label_series

#: A table over all pairs of item and option is laid out where it has at most so many cells a row of input.
_DENSE = 8


@dataclass(frozen=True)
class Choices:
    """One row an item and option: by item in order of first appearance, its key first, the others by label.

    item:        code in `items`, shape (rows,); option: code in `options`.
    n, n_known:  how often it was chosen, in all and by persons who have a rest score.
    correlation: of choosing it with the rest score, or NaN.
    item_n, item_known: the answers to each item, shape (items,), in all and with a rest score.
    """

    items: tuple[Hashable, ...]
    options: tuple[Hashable, ...]
    item: Codes
    option: Codes
    is_key: NDArray[np.bool_]
    n: NDArray[np.int64]
    n_known: NDArray[np.int64]
    correlation: Floats
    item_n: NDArray[np.int64]
    item_known: NDArray[np.int64]

    def labels(self, rows: Codes) -> tuple[tuple[Hashable, ...], tuple[Hashable, ...]]:
        """(items, options) of rows."""
        return tuple(self.items[i] for i in self.item[rows]), tuple(
            self.options[i] for i in self.option[rows]
        )


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
    found = choices(person, item, option, key)
    items, options = found.labels(np.arange(len(found.item)))
    return pl.DataFrame(
        [
            label_series("item", items),
            label_series("option", options),
            pl.Series("is_key", found.is_key),
            pl.Series("n", found.n),
            pl.Series("proportion", found.n / found.item_n[found.item]),
            pl.Series("rest_correlation", found.correlation).fill_nan(None),
        ]
    )


@dataclass(frozen=True)
class Answered:
    """Every answer with an option, scored by the key, shape (answers,), and the rows that it may belong to.

    item: code in `items`; rest: rest score or NaN; row: its place among the pairs of item and option that
    were chosen or are a key, shape (rows,): row_item, row_option, is_key.
    """

    items: tuple[Hashable, ...]
    options: tuple[Hashable, ...]
    item: Codes
    rest: Floats
    row: Codes
    row_item: Codes
    row_option: Codes
    is_key: NDArray[np.bool_]

    def order(self) -> Codes:
        """The rows by item in order of first appearance, its key first, the others by label."""
        return np.lexsort((_rank(self.options)[self.row_option], ~self.is_key, self.row_item))


def answered(person: Column, item: Column, option: Column, key: Mapping[Any, Hashable]) -> Answered:
    """Score the answers by the key.

    Raises:
        InvalidResponses: as option_statistics.
    """
    people, tests, options = _with_option(person, item, option)
    (who, persons), (what, items) = coded(people, "person"), coded(tests, "item")
    chosen, names = coded(options, "option")
    keyless = [label for label in items if label not in key]
    if keyless:
        raise InvalidResponses(
            f"{len(keyless)} items have no key, the first is {keyless[0]!r}; add them to the key"
        )
    _once(who, what, persons, items)
    place = {name: code for code, name in enumerate(names)}
    right = np.array([place.setdefault(key[label], len(place)) for label in items])
    names = tuple(place)
    rest = rest_scores(who, what, (chosen == right[what]).astype(np.float64), len(items))
    pairs, row = _groups(what * len(names) + chosen, np.arange(len(items)) * len(names) + right)
    row_item, row_option = np.divmod(pairs, len(names))
    return Answered(items, names, what, rest, row, row_item, row_option, row_option == right[row_item])


def choices(person: Column, item: Column, option: Column, key: Mapping[Any, Hashable]) -> Choices:
    """Count and correlate every option of every item, all scored by the key."""
    data = answered(person, item, option, key)
    n_known, item_known, correlation = _correlations(
        data.item, data.row, data.rest, data.row_item, len(data.items)
    )
    order = data.order()
    n = np.bincount(data.row, minlength=len(data.row_item))
    return Choices(
        data.items,
        data.options,
        data.row_item[order],
        data.row_option[order],
        data.is_key[order],
        n[order],
        n_known[order],
        correlation[order],
        np.bincount(data.item, minlength=len(data.items)),
        item_known,
    )


def _with_option(person: Column, item: Column, option: Column) -> tuple[Column, Column, Column]:
    """The three columns without the rows whose option is empty."""
    columns = [
        values if isinstance(values, pl.Series | np.ndarray) else listed(values)
        for values in (person, item, option)
    ]
    if len({len(column) for column in columns}) > 1:
        raise InvalidResponses(
            "person, item and option must be equally long, "
            f"not {', '.join(str(len(column)) for column in columns)} rows"
        )
    series = plain(columns[2])
    if series is None:
        keep = np.array([not _empty(value) for value in listed(columns[2])], dtype=np.bool_)
    else:
        keep = ~missing(series)
        if series.dtype == pl.String:
            keep &= (series != "").fill_null(False).to_numpy()
    if not keep.any():
        raise InvalidResponses("there are no responses: every option is empty")
    if keep.all():
        return columns[0], columns[1], columns[2]
    rows = np.flatnonzero(keep)
    kept = [_taken(column, rows) for column in columns]
    return kept[0], kept[1], kept[2]


def _taken(column: Any, rows: Codes) -> Column:
    if isinstance(column, list):
        return [column[row] for row in rows]
    taken: Column = column[rows]
    return taken


def _once(who: Codes, what: Codes, persons: Sequence[Hashable], items: Sequence[Hashable]) -> None:
    """Refuse a second answer of a person to an item."""
    pairs = np.sort(who * len(items) + what)
    again = np.flatnonzero(pairs[1:] == pairs[:-1])
    if len(again):
        first, second = divmod(int(pairs[again[0]]), len(items))
        raise InvalidResponses(
            f"person {persons[first]!r} answered item {items[second]!r} more than once; keep one of the answers"
        )


def _groups(pair: Codes, also: Codes) -> tuple[Codes, Codes]:
    """(distinct pairs ascending, those in `also` among them; the place of each of `pair`)."""
    cells = int(max(pair.max(), also.max())) + 1
    if cells > _DENSE * len(pair) + 1_000_000:
        pairs = np.unique(np.concatenate([pair, also]))
        return pairs, np.searchsorted(pairs, pair)
    there = np.zeros(cells, dtype=np.bool_)
    there[pair] = there[also] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[pair]


def _correlations(
    item: Codes, group: Codes, rest: Floats, row_item: Codes, n_items: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """(answers with a rest score by row, by item, correlation of each row's indicator with the rest score)."""
    known = ~np.isnan(rest)
    if not known.all():
        item, group, rest = item[known], group[known], rest[known]
    n, n_item = np.bincount(group, minlength=len(row_item)), np.bincount(item, minlength=n_items)
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = rest - (np.bincount(item, rest, n_items) / n_item)[item]
        yy = np.bincount(item, rest * rest, n_items)
        share = n / n_item[row_item]
        xx = n * (1.0 - share)
        found: Floats = np.bincount(group, rest, len(row_item)) / np.sqrt(xx * yy[row_item])
    found[(xx <= FLAT * n_item[row_item]) | (yy <= FLAT * n_item)[row_item]] = np.nan
    return n, n_item, found


def _rank(names: tuple[Hashable, ...]) -> Codes:
    """Place of each name in the order by type and label."""
    order = sorted(range(len(names)), key=lambda i: (str(type(names[i])), names[i]))
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return rank


def _empty(option: Hashable) -> bool:
    return option is None or option == "" or option != option  # noqa: PLR0124 - NaN is unequal to itself
