"""Groups of persons: who belongs to which, and which of them defines the scale."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.estimation.population import Population
from irt.labels import Column, encode, listed
from irt.models import Floats
from irt.responses import Responses

POOLED = "pooled"
SHAPES = ("normal", "histogram")


@dataclass(frozen=True)
class Groups:
    """labels (groups,), the code of every person (persons,), and what is held.

    `reference`: the group that has mean 0 and SD 1; None where anchors define the scale. `pooled`: all
    groups together have them instead, and the reference only holds the scale during the fit.
    """

    labels: tuple[Hashable, ...]
    code: NDArray[np.int32]
    reference: int | None
    pooled: bool
    shape: str

    def population(self, theta: Floats) -> Population:
        """Every group N(0, 1) to begin with; free, but for a normal reference."""
        n = len(self.labels)
        free = np.ones(n, dtype=np.bool_)
        histogram = None
        start = Population(np.zeros(n), np.ones(n), free)
        if self.shape == "histogram":
            histogram = np.exp(start.log_weights(theta))
        elif self.reference is not None:
            free[self.reference] = False
        return Population(np.zeros(n), np.ones(n), free, histogram)


def grouped(
    responses: Responses, groups: Column | None, reference: Hashable | None, shape: str, anchored: bool
) -> Groups:
    """Check and encode.

    Raises:
        InvalidArgument: an unknown shape, not one group for each person, a group nobody of which answered,
            or a reference that is no group or stands beside anchors.
    """
    if shape not in SHAPES:
        raise InvalidArgument(f"shape must be one of {', '.join(SHAPES)}, not {shape!r}")
    if groups is None:
        if reference not in (None, POOLED):
            raise InvalidArgument(f"reference {reference!r} is given, but no groups")
        nobody = np.zeros(responses.n_persons, dtype=np.int32)
        return Groups((None,), nobody, None if anchored else 0, False, shape)
    given = listed(groups)
    if len(given) != responses.n_persons:
        raise InvalidArgument(
            f"groups needs one label for each of the {responses.n_persons} persons, not {len(given)}"
        )
    code, labels = encode(given, "group")
    answered = np.diff(responses.starts) > 0
    empty = np.bincount(code[answered], minlength=len(labels)) == 0
    if empty.any():
        raise InvalidArgument(
            f"nobody of group {labels[int(empty.argmax())]!r} answered anything; leave it out"
        )
    if anchored and reference is not None:
        raise InvalidArgument("anchors define the scale: a reference cannot be given beside them")
    if reference not in (None, POOLED) and reference not in labels:
        raise InvalidArgument(f"reference {reference!r} is none of the groups {', '.join(map(repr, labels))}")
    place = 0 if reference in (None, POOLED) else labels.index(reference)
    return Groups(
        labels,
        code.astype(np.int32),
        None if anchored else place,
        reference == POOLED and len(labels) > 1,
        shape,
    )
