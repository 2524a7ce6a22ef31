"""From what a caller asks for to what is estimated: models, guessing, priors and anchors, item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument, InvalidParameters
from irt.estimation.item_kernels import C_HIGH, SLOPE_HIGH
from irt.estimation.prior_terms import INTERCEPT, SLOPE, C
from irt.estimation.specification import Specification, specification
from irt.models import Floats, ItemParameters, to_logistic
from irt.priors import Priors, prior_table
from irt.responses import Responses

MODELS = ("1PL", "2PL", "3PL")
#: How c of a 3PL is found: for each item, one for all, or a number that it is fixed at.
Guessing = str | float | None


@dataclass(frozen=True)
class Asked:
    """Of each item: its model, what is estimated, the values of what is not (items, 3), whether an anchor.

    start: shape (items, 3); slope, intercept and c to begin with, NaN where starting values are to be found.
    """

    models: tuple[str, ...]
    specification: Specification
    fixed: Floats
    anchored: NDArray[np.bool_]
    start: Floats

    def only(self, keep: NDArray[np.bool_]) -> Asked:
        """The same of the items kept."""
        models = tuple(model for model, kept in zip(self.models, keep, strict=True) if kept)
        return Asked(
            models, self.specification.only(keep), self.fixed[keep], self.anchored[keep], self.start[keep]
        )

    @property
    def name(self) -> str:
        """The model of all items, or "mixed"."""
        different = set(self.models)
        return different.pop() if len(different) == 1 else "mixed"


def specify(
    responses: Responses,
    model: str | Sequence[str],
    guessing: Guessing | Sequence[Guessing],
    priors: Priors | Sequence[Priors] | None,
    anchors: ItemParameters | None,
    start: ItemParameters | None = None,
) -> Asked:
    """Check what is asked for and lay it out by item.

    Raises:
        InvalidArgument: an unknown model or guessing, or not one for each item.
        InvalidParameters: anchors of which none was answered, or whose c lies outside what a fit allows.
    """
    models = _models(model, responses.n_items)
    ways = _guessing(guessing, models)
    table = _priors(priors, models, responses.n_items)
    free = np.ones((responses.n_items, 3), dtype=np.bool_)
    tied, fixed = np.zeros_like(free), np.zeros(free.shape)
    for i, (name, way) in enumerate(zip(models, ways, strict=True)):
        tied[i, SLOPE] = name == "1PL"
        tied[i, C] = way == "common"
        free[i, C] = way == "free"
        if isinstance(way, float):
            fixed[i, C] = way
    free[:, SLOPE] = ~tied[:, SLOPE]
    anchored = np.zeros(responses.n_items, dtype=np.bool_)
    if anchors is not None:
        anchored = _anchored(responses, anchors, fixed)
        free[anchored] = tied[anchored] = False
    return Asked(models, specification(free, tied, table), fixed, anchored, _started(responses, start))


def _models(model: str | Sequence[str], n_items: int) -> tuple[str, ...]:
    models = (model,) * n_items if isinstance(model, str) else tuple(model)
    if len(models) != n_items:
        raise InvalidArgument(f"one model for each of the {n_items} items is needed, not {len(models)}")
    for i, name in enumerate(models):
        if name not in MODELS:
            where = "" if isinstance(model, str) else f" (item {i}, counted from 0)"
            raise InvalidArgument(f"model must be one of {', '.join(MODELS)}, not {name!r}{where}")
    return models


def _guessing(guessing: Guessing | Sequence[Guessing], models: Sequence[str]) -> list[str | float | None]:
    """Of each 3PL item "free", "common" or a number; None of the others."""
    given = (
        [guessing if name == "3PL" else None for name in models]
        if guessing is None or isinstance(guessing, str | float | int)
        else list(guessing)
    )
    if len(given) != len(models):
        raise InvalidArgument(f"guessing needs one value for each of {len(models)} items, not {len(given)}")
    ways: list[str | float | None] = []
    for i, (way, name) in enumerate(zip(given, models, strict=True)):
        if name != "3PL" and way is not None:
            raise InvalidArgument(
                f"item {i} (counted from 0) is a {name}: only a 3PL has a guessing, not {way!r}"
            )
        if name == "3PL" and (way is None or way == "free"):
            ways.append("free")
        elif way is None or way == "common":
            ways.append(way)
        elif isinstance(way, str) or not 0.0 <= float(way) <= C_HIGH:
            raise InvalidArgument(
                f"guessing must be 'free', 'common' or a number from 0 to {C_HIGH}, not {way!r}"
            )
        else:
            ways.append(float(way))
    return ways


def _priors(priors: Priors | Sequence[Priors] | None, models: Sequence[str], n_items: int) -> Floats:
    if priors is None:
        return prior_table([Priors.default(name) for name in models])
    each = [priors] * n_items if isinstance(priors, Priors) else list(priors)
    if len(each) != n_items:
        raise InvalidArgument(f"one set of priors for each of the {n_items} items is needed, not {len(each)}")
    return prior_table(each)


def _anchored(responses: Responses, anchors: ItemParameters, fixed: Floats) -> NDArray[np.bool_]:
    """Which items are anchors; writes their parameters into `fixed`."""
    known = _logistic(responses, anchors)
    anchored: NDArray[np.bool_] = ~np.isnan(known[:, SLOPE])
    if not anchored.any():
        raise InvalidParameters(
            "none of the anchors was answered; the labels of anchors and responses do not meet "
            f"(an item answered: {responses.items[0]!r})"
        )
    fixed[anchored] = known[anchored]
    return anchored


def _started(responses: Responses, start: ItemParameters | None) -> Floats:
    """Where each item begins, NaN where nothing is given or a slope at its bound would have to be left again."""
    if start is None:
        return np.full((responses.n_items, 3), np.nan)
    given = _logistic(responses, start)
    given[~(np.abs(given[:, SLOPE]) < SLOPE_HIGH)] = np.nan
    return given


def _logistic(responses: Responses, known: ItemParameters) -> Floats:
    """(items, 3): slope, intercept and c of the items answered, by label; NaN where one has no parameters."""
    usable = np.isfinite(known.a + known.b + known.c)
    place = {label: k for k, label in enumerate(known.items) if usable[k]}
    at = np.array([place.get(label, -1) for label in responses.items])
    out = np.full((len(at), 3), np.nan)
    rows = at[at >= 0]
    out[at >= 0, SLOPE], out[at >= 0, INTERCEPT] = to_logistic(known.a[rows], known.b[rows])
    out[at >= 0, C] = known.c[rows]
    return out
