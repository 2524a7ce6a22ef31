"""Person fit: l_z* of Snijders (2001) at Warm's (1989) ability, and mean squares that describe, untested."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import ndtr

from irt.errors import InvalidArgument
from irt.fit.calibrated import Calibrated, calibrated
from irt.fit.kernels import person_statistics
from irt.fit.tables import by_item
from irt.models import Floats
from irt.responses import Responses, label_series
from irt.results import Calibration
from irt.score import score

#: Below so many answers the normal distribution of l_z* is a fiction.
FEWEST_ANSWERS = 15
#: Abilities are looked for here; every P is so near its end there that no answer can surprise.
BOUNDS = (-8.0, 8.0)
_MEAN_SQUARES = {"infit": pl.Float64, "outfit": pl.Float64, "reason": pl.String}


def person_fit(
    responses: Responses, calibration: Calibration, *, minimum: int = FEWEST_ANSWERS
) -> pl.DataFrame:
    """Does a person's pattern of answers agree with the model? Low values: it does not.

    l_z* is the standardised log-likelihood of the answers at the estimated ability, corrected for that
    estimation (Snijders 2001; with Warm's estimate Magis, Raiche & Beland 2012, Sinharay 2016). Item
    parameters count as known. p is one-sided, the normal probability of a value as low.

    Args:
        responses: the answers that were fitted, or others with the same items in the same order.
        calibration: gives the items' parameters.
        minimum: answers to fitted items that a person needs for a test.

    Returns:
        One row a person: person, n (answers to fitted items), theta (Warm), l_z, p, infit, outfit, reason.
        infit and outfit are mean squares, about 1 where the model holds; their distribution is not known, and
        they are no tests. Without enough answers l_z and p are null, with the reason.

    Raises:
        InvalidArgument: a calibration of other items, or a minimum below 5.
    """
    if minimum < 5:
        raise InvalidArgument(f"l_z* needs at least 5 answers for a test, not {minimum}")
    found = _measured(responses, calibration)
    n = np.diff(found.fitted.responses.starts)
    enough = (n >= minimum) & found.inside
    l_z = np.where(enough, found.persons[:, 0], np.nan)
    reason = np.where(
        n < minimum,
        [f"{count} answers; {minimum} are needed" for count in n.tolist()],
        np.where(found.inside, "", "ability beyond the bounds: the answers tell nothing of misfit"),
    )
    numbers = {"theta": found.theta, "l_z": l_z, "p": ndtr(l_z)}
    numbers |= {"infit": found.persons[:, 1], "outfit": found.persons[:, 2]}
    return pl.DataFrame(
        [
            label_series("person", responses.persons),
            pl.Series("n", n),
            *(pl.Series(name, column).fill_nan(None) for name, column in numbers.items()),
            pl.Series("reason", reason.tolist(), dtype=pl.String),
        ]
    )


def item_mean_squares(responses: Responses, calibration: Calibration) -> pl.DataFrame:
    """Infit and outfit of items at the persons' abilities by Warm (Wright & Masters 1982): no test.

    They describe: their distribution under the model is not known. `item_fit` and `s_x2` test.

    Returns:
        One row an item, in the calibration's order: item, n, infit (sum of squared residuals over the sum of
        P (1 - P)), outfit (mean of squared residuals over P (1 - P)), reason.

    Raises:
        InvalidArgument: a calibration of other items.
    """
    found = _measured(responses, calibration)
    squares, expected, standardised, n = found.items.T
    rows = [
        {"infit": squares[j] / expected[j], "outfit": standardised[j] / n[j], "reason": ""}
        if n[j] > 0.0
        else {"reason": "nobody who answered it has a finite ability"}
        for j in range(len(n))
    ]
    return by_item(found.fitted, rows, _MEAN_SQUARES)


@dataclass(frozen=True)
class _Measured:
    """theta (persons,), whether it is a maximum inside the bounds, and the sums of `person_statistics`."""

    fitted: Calibrated
    theta: Floats
    inside: NDArray[np.bool_]
    persons: Floats
    items: Floats


def _measured(responses: Responses, calibration: Calibration) -> _Measured:
    # Warm's estimate and the residuals at it have no prior: any group will do.
    anyone = [calibration.latent.groups[0]] * responses.n_persons
    fitted = calibrated(responses, calibration, anyone)
    data = fitted.responses
    theta = score(data, fitted.calibration, method="WLE", bounds=BOUNDS).theta
    persons, items = np.empty((data.n_persons, 3)), np.zeros((data.n_items, 4))
    person_statistics(data.starts, data.cells, fitted.parameters, theta, persons, items)
    with np.errstate(invalid="ignore"):
        inside = (theta > BOUNDS[0]) & (theta < BOUNDS[1])
    return _Measured(fitted, theta, inside, persons, items)
