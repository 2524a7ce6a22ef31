"""What conditional exposure control remembers of the sessions so far: counts by theta point and item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument
from irt.models import Floats


@dataclass(frozen=True, eq=False)
class EligibilityCounts:
    """Sessions counted at each of K theta points, older ones less; the arrays cannot be written to.

    points:       theta, ascending, shape (K,), on the scale of the parameters (D = 1.7 metric).
    r_max:        highest share of the sessions at any point that may meet an item, shape (items,).
    sessions:     counted at each point, shape (K,).
    feasible:     of these, sessions that ended with eligible items alone, shape (K,).
    administered: sessions that met the item, shape (K, items).
    open:         sessions in which the item was eligible, or all items were, shape (K, items).
    fade:         factor of what was counted before, at each further session.

    Raises:
        InvalidArgument: points that do not ascend, shapes that do not agree, a target outside (0, 1], a fade
            outside (0, 1], or counts below 0, not finite, or above those of the sessions.
    """

    points: Floats
    r_max: Floats
    sessions: Floats
    feasible: Floats
    administered: Floats
    open: Floats
    fade: float = 0.999

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.name != "fade":
                column = np.array(getattr(self, field.name), dtype=np.float64)
                column.flags.writeable = False
                object.__setattr__(self, field.name, column)
        self._check_settings()
        self._check_counts()

    @classmethod
    def empty(
        cls, points: ArrayLike, items: int, r_max: ArrayLike, *, fade: float = 0.999
    ) -> EligibilityCounts:
        """Nothing counted yet; `r_max` is one number or one for each item."""
        k = np.size(np.asarray(points))
        target = np.asarray(r_max, dtype=np.float64)
        return cls(
            points=np.asarray(points, dtype=np.float64),
            r_max=np.full(items, target) if target.ndim == 0 else target,
            sessions=np.zeros(k),
            feasible=np.zeros(k),
            administered=np.zeros((k, items)),
            open=np.zeros((k, items)),
            fade=fade,
        )

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> EligibilityCounts:
        """The counts that `plain` was made of, to the bit."""
        names = {field.name for field in fields(cls)}
        if set(plain) != names:
            raise InvalidArgument(
                f"eligibility counts consist of {', '.join(sorted(names))}, not {', '.join(sorted(plain))}"
            )
        try:
            return cls(**plain)
        except (TypeError, ValueError) as error:
            raise InvalidArgument(f"eligibility counts must be lists of numbers: {error}") from error

    def plain(self) -> dict[str, Any]:
        """Lists of floats by name, for JSON."""
        return {
            field.name: value.tolist() if isinstance(value, np.ndarray) else value
            for field in fields(self)
            for value in [getattr(self, field.name)]
        }

    def carried(self, places: NDArray[np.int64], r_max: ArrayLike) -> EligibilityCounts:
        """The counts for another bank: item j was item places[j] of this one, or is new (-1).

        A new item begins as one that nobody met. A new target takes effect from the next session on.

        Raises:
            InvalidArgument: a place outside this bank, or twice.
        """
        at, target = np.asarray(places, dtype=np.int64), np.asarray(r_max, dtype=np.float64)
        known = at >= 0
        if (at < -1).any() or (at >= len(self.r_max)).any() or len(np.unique(at[known])) < known.sum():
            raise InvalidArgument(
                f"places must be different indices below {len(self.r_max)}, or -1 for a new item"
            )
        return EligibilityCounts(
            points=self.points,
            r_max=np.full(len(at), target) if target.ndim == 0 else target,
            sessions=self.sessions,
            feasible=self.feasible,
            administered=np.where(known, self.administered[:, at], 0.0),
            open=np.where(known, self.open[:, at], 0.0),
            fade=self.fade,
        )

    def _check_settings(self) -> None:
        k, items = np.size(self.points), np.size(self.r_max)
        if not k or self.points.ndim != 1 or not np.isfinite(self.points).all():
            raise InvalidArgument("at least one theta point is needed, and all of them finite")
        if (np.diff(self.points) <= 0.0).any():
            raise InvalidArgument(f"theta points must ascend, not {self.points.tolist()}")
        if self.r_max.ndim != 1 or not items or not ((self.r_max > 0.0) & (self.r_max <= 1.0)).all():
            raise InvalidArgument("r_max must be above 0 and at most 1, for each of at least one item")
        if not 0.0 < self.fade <= 1.0:
            raise InvalidArgument(f"fade must be above 0 and at most 1, not {self.fade}")

    def _check_counts(self) -> None:
        k, items = len(self.points), len(self.r_max)
        for name, shape in (
            ("sessions", (k,)),
            ("feasible", (k,)),
            ("administered", (k, items)),
            ("open", (k, items)),
        ):
            counts: Floats = getattr(self, name)
            if counts.shape != shape:
                raise InvalidArgument(
                    f"{name} has shape {counts.shape}; {k} points and {items} items need {shape}"
                )
            most = self.sessions[:, None] if len(shape) == 2 else self.sessions
            # Sums of weights that add up to one session may exceed it by a rounding.
            if not ((counts >= 0.0) & (counts <= most * (1.0 + 1e-9) + 1e-9)).all():
                raise InvalidArgument(f"{name} must lie between 0 and the sessions counted at the point")
