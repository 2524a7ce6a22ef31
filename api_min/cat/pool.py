"""The items of a section and their parameters: as they were brought along, or as ours are now calibrated."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api_min.cat.configuration import SectionConfiguration
from api_min.cat.usagedata import Parameters
from api_min.errors import InvalidData
from database.queries.cat_sections import LiveItem
from irt.models import from_logistic

Floats = NDArray[np.float64]
_IDENTIFIER = re.compile(r"[^\x00-\x20\x7f]{1,255}")
_SHOWN = 5


@dataclass(frozen=True, eq=False)
class Pool:
    """Items and parameters (D = 1.7 metric); `question_ids`: the questions that are the items, or None."""

    items: tuple[str, ...]
    a: Floats
    b: Floats
    c: Floats
    question_ids: tuple[int, ...] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of identifiers and parameters."""
        told = hashlib.sha256(json.dumps(self.items).encode())
        for column in (self.a, self.b, self.c):
            told.update(np.ascontiguousarray(column, dtype="<f8").tobytes())
        return told.hexdigest()

    @property
    def parameters(self) -> tuple[list[float], list[float], list[float]]:
        """a, b and c as plain numbers."""
        return self.a.tolist(), self.b.tolist(), self.c.tolist()


def brought(given: Parameters, configuration: SectionConfiguration) -> Pool:
    """Make the pool of a section that brings parameters: all items that have any, or those it lists.

    Raises:
        InvalidData: there are none, or an item lacks a or b, or has parameters outside their range.
    """
    items = tuple(given) if configuration.items is None else _once(configuration.items)
    if not items:
        raise InvalidData(
            "qtiUsagedata has no statistic a, b or c of any item; name them by `statistics` in the section"
            " configuration, or name the exam whose items of ours these are by `exam_code`"
        )
    _refuse(
        items,
        lambda i: _IDENTIFIER.fullmatch(items[i]) is not None,
        "is no identifier of 1 to 255 characters",
    )
    slope = configuration.default_a
    known = [given.get(item, {}) for item in items]
    _refuse(items, lambda i: "b" in known[i] and ("a" in known[i] or slope is not None), "has no a and b")
    a = np.array([one.get("a", slope) for one in known], dtype=np.float64)
    b = np.array([one["b"] for one in known], dtype=np.float64)
    c = np.array([one.get("c", 0.0) for one in known], dtype=np.float64)
    sound = np.isfinite(a) & (a > 0.0) & np.isfinite(b) & (c >= 0.0) & (c < 1.0)
    _refuse(items, lambda i: bool(sound[i]), "needs an a above 0, a finite b and a c in [0, 1)")
    if configuration.metric == "logistic":
        a, b = from_logistic(a, -a * b)
    return Pool(items, a, b, c)


def named(live: Sequence[LiveItem], configuration: SectionConfiguration) -> Pool:
    """Make the pool of a section that names items of ours: all that are calibrated, or those it lists.

    An item is named by its external reference, or by its question id. One whose a is not above 0, which better
    examinees fail, is probably mis-keyed and has no place in anybody's test.

    Raises:
        InvalidData: there are none, or one that is listed is not there, not published or not calibrated.
    """
    sound = [one for one in live if one.a > 0.0]
    by_name = {str(one.question_id): one for one in sound}
    by_name |= {one.external_ref: one for one in sound if one.external_ref is not None}
    if configuration.items is None:
        items = tuple(_name(one) for one in sound)
    else:
        items = _once(configuration.items)
        _refuse(
            items, lambda i: items[i] in by_name, "is no calibrated item of the exam that is published here"
        )
    if not items:
        raise InvalidData(f"exam {configuration.exam_code} has no calibrated items that are published here")
    chosen = [by_name[item] for item in items]
    questions = tuple(one.question_id for one in chosen)
    if len(set(questions)) < len(questions):
        raise InvalidData("sectionConfiguration.items: a question is named twice, by reference and by id")
    return _of(items, chosen)


def still_live(live: Iterable[LiveItem], items: Sequence[str], question_ids: Sequence[int]) -> Pool | None:
    """Return a section's items with the parameters they now have; None: none of them is to be had any more."""
    now = {one.question_id: one for one in live if one.a > 0.0}
    left = [(item, now[id_]) for item, id_ in zip(items, question_ids, strict=True) if id_ in now]
    return _of(tuple(item for item, _ in left), [one for _, one in left]) if left else None


def _name(item: LiveItem) -> str:
    return str(item.question_id) if item.external_ref is None else item.external_ref


def _of(items: tuple[str, ...], live: Sequence[LiveItem]) -> Pool:
    a, b, c = (np.array([getattr(one, key) for one in live], dtype=np.float64) for key in ("a", "b", "c"))
    return Pool(items, a, b, c, tuple(one.question_id for one in live))


def _once(items: Sequence[str]) -> tuple[str, ...]:
    if len(set(items)) < len(items):
        raise InvalidData("sectionConfiguration.items: an item is listed twice; list each once")
    return tuple(items)


def _refuse(items: Sequence[str], holds: Callable[[int], bool], fault: str) -> None:
    bad = [item for i, item in enumerate(items) if not holds(i)]
    if bad:
        more = f" (and {len(bad) - _SHOWN} more)" if len(bad) > _SHOWN else ""
        raise InvalidData(f"item {', '.join(map(repr, bad[:_SHOWN]))}{more} {fault}")
