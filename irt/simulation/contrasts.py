"""Figures of sessions by new parameters beside those of the same simulees by old ones, and how far chance goes.

A figure may reach `limit` = ratio * old + rise. `error` is the Monte Carlo standard error of new less limit. Where
both sides are means over the same simulees, differences are taken simulee by simulee, so that what they share - theta,
and their luck with an item - cancels out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from irt.models import Floats
from irt.simulation.delivery import Delivered

#: Standard errors by which a figure must be beyond its limit: chance alone does that one time in forty.
BEYOND_CHANCE: Final = 2.0
_TINY: Final = 1e-12


@dataclass(frozen=True)
class Contrast:
    """A figure on either side, the limit of the new one, and the standard error of what is between these two."""

    old: float
    new: float
    limit: float
    error: float

    @property
    def exceeded(self) -> bool:
        """Whether the new figure is beyond its limit by more than chance explains."""
        return self.new - self.limit > BEYOND_CHANCE * self.error


def standard_error(old: Delivered, new: Delivered, *, ratio: float, accepted: float = 0.0) -> Contrast:
    """Mean standard error of theta at the end; one `accepted`, at which sessions stop, is no worse than any."""
    if accepted > float(old.se.mean()):
        return Contrast(float(old.se.mean()), float(new.se.mean()), ratio * accepted, _error(new.se))
    return _means(old.se, new.se, ratio)


def length(old: Delivered, new: Delivered, *, ratio: float) -> Contrast:
    """Mean number of items in a session."""
    return _means(old.length.astype(np.float64), new.length.astype(np.float64), ratio)


def rmse(old: Delivered, new: Delivered, *, ratio: float, accepted: float = 0.0) -> Contrast:
    """Root mean square of estimated less true theta, its error by the delta method; `accepted` as of the other."""
    before, after = (((one.estimate - one.theta) ** 2) / (2.0 * max(one.rmse, _TINY)) for one in (old, new))
    if accepted > old.rmse:
        return Contrast(old.rmse, new.rmse, ratio * accepted, _error(after))
    return Contrast(old.rmse, new.rmse, ratio * old.rmse, _error(after - ratio * before))


def bias(old: Delivered, new: Delivered, *, rise: float) -> Contrast:
    """Size of the mean of estimated less true theta, whichever its sign."""
    before, after = (np.copysign(1.0, one.bias) * (one.estimate - one.theta) for one in (old, new))
    return Contrast(abs(old.bias), abs(new.bias), abs(old.bias) + rise, _error(after - before))


def largest_exposure(old: Delivered, new: Delivered, *, rise: float) -> Contrast:
    """Share of the sessions that meet the item met most."""
    return _shares((old.exposure.largest, len(old.theta)), (new.exposure.largest, len(new.theta)), rise)


def missed_blueprint(old: Delivered, new: Delivered, *, rise: float) -> Contrast:
    """Share of the full tests that do not meet the blueprint.

    A session that ended before, because theta is known well enough, has no full test to be held against it.
    """
    return _shares((old.missed, old.full), (new.missed, new.full), rise)


def _means(old: Floats, new: Floats, ratio: float) -> Contrast:
    before, after = float(old.mean()), float(new.mean())
    return Contrast(before, after, ratio * before, _error(new - ratio * old))


def _shares(old: tuple[float, int], new: tuple[float, int], rise: float) -> Contrast:
    """Two shares, each of so many, as if of different simulees: too wide an error, since both have the same."""
    variance = sum(share * (1.0 - share) / max(n, 1) for share, n in (old, new))
    return Contrast(old[0], new[0], old[0] + rise, float(np.sqrt(variance)))


def _error(differences: Floats) -> float:
    """Standard error of a mean."""
    return float(differences.std(ddof=1) / np.sqrt(len(differences))) if len(differences) > 1 else 0.0
