"""A calibration made again from what was stored of it: its table of items and its groups of persons.

What a fit knows and a table does not (covariances, likelihoods, the trace) is NaN or empty here. Fit statistics, scores
and plots need none of it.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument
from irt.latent import MOST_NODES, Latent
from irt.models import Floats, to_logistic
from irt.responses import Responses
from irt.results import ANCHOR, OK, SET_ASIDE, Calibration

#: Nodes lie so far apart, in SDs of the narrowest group, and reach so many SDs beyond every mean.
_SPACING, _REACH = 0.2, 6.0
#: Statuses of items whose parameters were not estimated by the fit.
_GIVEN = (ANCHOR, "carried over")
_SLOPE, _INTERCEPT, _C = 0, 1, 2


def normal_latent(
    groups: Sequence[Hashable], mean: ArrayLike, sd: ArrayLike, n: ArrayLike | None = None
) -> Latent:
    """Return normal distributions of groups on one grid, of mean and sd (groups,); their errors are not known.

    Raises:
        InvalidArgument: no group, another number of values than groups, or an sd that is not above 0.
    """
    centre, spread = np.asarray(mean, dtype=np.float64), np.asarray(sd, dtype=np.float64)
    if not len(groups) or centre.shape != (len(groups),) or spread.shape != centre.shape:
        raise InvalidArgument(f"{len(groups)} groups need a mean and an sd each, at least one of them")
    if not (np.isfinite(centre + spread).all() and (spread > 0.0).all()):
        raise InvalidArgument(f"every group needs a finite mean and an sd above 0, not {centre} and {spread}")
    low, high = (centre - _REACH * spread).min(), (centre + _REACH * spread).max()
    nodes = min(int(np.ceil((high - low) / (_SPACING * spread.min()))) + 1, MOST_NODES)
    theta = np.linspace(low, high, nodes)
    weights = np.exp(-0.5 * ((theta - centre[:, None]) / spread[:, None]) ** 2)
    unknown = np.full(len(groups), np.nan)
    persons = np.zeros(len(groups), np.int64) if n is None else np.asarray(n, dtype=np.int64)
    return Latent(
        tuple(groups),
        centre,
        spread,
        unknown,
        unknown,
        persons,
        theta,
        weights / weights.sum(axis=1, keepdims=True),
    )


def stored_calibration(responses: Responses, table: pl.DataFrame, latent: Latent) -> Calibration:
    """Return the calibration of which `table` and `latent` were kept, over the items of `responses`.

    Args:
        responses: the answers that were fitted.
        table: as `Calibration.table` gives it: item, model, a, b, c, se_a, se_b, se_c (D = 1.7), status, reason. A
            model may be followed by how its c was found ("3PL, c fixed at 0.2", "3PL, common c"). Items of the
            responses that it lacks count as set aside; anchors and items carried over as not estimated.
        latent: of its groups.

    Raises:
        InvalidArgument: the table names an item twice.
    """
    rows = {row["item"]: row for row in table.iter_rows(named=True)}
    if len(rows) < table.height:
        raise InvalidArgument(f"the table has {table.height} rows of {len(rows)} items; give each item once")
    every = [rows.get(item, {}) for item in responses.items]
    models = tuple(str(row.get("model", "none")) for row in every)
    status = tuple(SET_ASIDE if row.get("a") is None else str(row.get("status") or OK) for row in every)
    a, b, c, se_a, se_b, se_c = (_column(every, name) for name in ("a", "b", "c", "se_a", "se_b", "se_c"))
    slope, intercept = to_logistic(a, b)
    free, tied = _estimated(models, status)
    kinds = {model[:3] for model, said in zip(models, status, strict=True) if said != SET_ASIDE}
    nothing = np.full(len(models), np.nan)
    answered = np.diff(responses.starts) > 0
    return Calibration(
        model=kinds.pop() if len(kinds) == 1 else "mixed",
        engine="stored",
        items=responses.items,
        item_models=models,
        a=a,
        b=b,
        c=c,
        se_a=se_a,
        se_b=se_b,
        se_c=se_c,
        slope=slope,
        intercept=intercept,
        se_slope=nothing,
        se_intercept=nothing,
        covariance=np.full((len(models), 3, 3), np.nan),
        free=free,
        tied=tied,
        n=responses.cell_counts[0::2] + responses.cell_counts[1::2],
        status=status,
        reason=tuple(str(row.get("reason") or "") if row else "not in the fit" for row in every),
        latent=latent,
        log_likelihood=np.nan,
        log_posterior=np.nan,
        n_parameters=0,
        aic=np.nan,
        bic=np.nan,
        converged=True,
        reason_stopped="stored",
        passes=0,
        max_gradient=np.nan,
        trace=(),
        se_kind="none",
        n_persons=int(answered.sum()),
        n_responses=responses.n_responses,
        persons_set_aside=tuple(responses.persons[p] for p in np.flatnonzero(~answered)),
    )


def _column(rows: Sequence[dict[str, object]], name: str) -> Floats:
    return np.array([row.get(name) for row in rows], dtype=np.float64)


def _estimated(models: Sequence[str], status: Sequence[str]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What was free and what was tied of slope, intercept and c, each of shape (items, 3)."""
    free = np.zeros((len(models), 3), dtype=np.bool_)
    tied = np.zeros_like(free)
    for i, (model, said) in enumerate(zip(models, status, strict=True)):
        if said == SET_ASIDE or said in _GIVEN:
            continue
        free[i, _INTERCEPT] = True
        tied[i, _SLOPE] = model.startswith("1PL")
        free[i, _SLOPE] = not tied[i, _SLOPE]
        tied[i, _C] = "common" in model
        free[i, _C] = model.startswith("3PL") and not tied[i, _C] and "fixed" not in model
    return free, tied
