"""The two groups of persons that an analysis of differential item functioning compares."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.labels import Column, listed
from irt.models import Floats
from irt.responses import Responses


@dataclass(frozen=True)
class Compared:
    """Answers of the reference and the focal group; everybody else is left out.

    focal: shape (persons,), True for the focal group.
    """

    responses: Responses
    focal: NDArray[np.bool_]
    reference_label: Hashable
    focal_label: Hashable

    @property
    def answer_focal(self) -> NDArray[np.int64]:
        """1 for an answer of the focal group, else 0, shape (responses,)."""
        return self.focal[self.responses.person].astype(np.int64)

    def numbers(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Answers to each item by (reference, focal), each of shape (items,)."""
        item, items = self.responses.item, self.responses.n_items
        focal = np.bincount(item[self.answer_focal == 1], minlength=items)
        return np.bincount(item, minlength=items) - focal, focal

    def too_few(self, minimum: int) -> dict[int, str]:
        """Reasons by item code for the items with fewer than `minimum` answers of a group."""
        reference, focal = self.numbers()
        return {
            i: f"too few answers: {reference[i]} of the reference and {focal[i]} of the focal group; "
            f"{minimum} of each are needed"
            for i in np.flatnonzero(np.minimum(reference, focal) < minimum).tolist()
        }


def compared(
    responses: Responses, groups: Column, reference: Hashable, focal: Hashable | None = None
) -> Compared:
    """Pick the two groups; `groups` has a label for each of `responses.persons`, None for unknown.

    Raises:
        InvalidArgument: another number of labels than persons, a group that nobody belongs to, or no focal
            group named where there are several.
    """
    labels = listed(groups)
    if len(labels) != responses.n_persons:
        raise InvalidArgument(f"{responses.n_persons} persons need a group each, not {len(labels)} labels")
    known = [label for label in dict.fromkeys(labels) if label is not None]
    others = [label for label in known if label != reference]
    if focal is None:
        if len(others) != 1:
            raise InvalidArgument(f"name the focal group: besides {reference!r} there are {others}")
        focal = others[0]
    for name, label in (("reference", reference), ("focal", focal)):
        if label not in known:
            raise InvalidArgument(f"nobody belongs to the {name} group {label!r}; there are {known}")
    if focal == reference:
        raise InvalidArgument(f"the focal group must be another than the reference group {reference!r}")
    is_focal = np.array([label == focal for label in labels])
    keep = is_focal | np.array([label == reference for label in labels])
    return Compared(only_persons(responses, keep), is_focal[keep], reference, focal)


def only_persons(responses: Responses, keep: NDArray[np.bool_]) -> Responses:
    """The answers of the persons kept (shape (persons,)); every item stays."""
    numbers = np.diff(responses.starts)
    starts = np.concatenate([[0], np.cumsum(numbers[keep])]).astype(np.int64)
    cells = responses.cells[np.repeat(keep, numbers)]
    starts.flags.writeable = cells.flags.writeable = False
    persons = tuple(label for label, kept in zip(responses.persons, keep.tolist(), strict=True) if kept)
    return Responses(persons, responses.items, starts, cells)


def adjusted(p_values: Floats) -> Floats:
    """Benjamini & Hochberg (1995) q-values: the false discovery rate at which each test would be flagged.

    NaN, a test that was not made, stays NaN and does not count.
    """
    q_values = np.full(len(p_values), np.nan)
    made = np.flatnonzero(~np.isnan(p_values))
    order = made[np.argsort(p_values[made])]
    raw = p_values[order] * len(order) / np.arange(1, len(order) + 1)
    q_values[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    return q_values
