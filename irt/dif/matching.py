"""What makes persons of two groups comparable: a score or an ability from items without DIF.

The studied item is always part of its own matching variable, an item found with DIF of no other's
(Holland & Thayer 1988): in a Rasch model only a score that includes the studied item leaves no
difference between matched groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from irt.calibrate import calibrate
from irt.dif.groups import only_persons
from irt.errors import InvalidArgument
from irt.models import Floats, ItemParameters
from irt.responses import Responses
from irt.score import score

Kind = Literal["auto", "score", "theta"]
#: Strata of theta, of equal numbers of answers, for each item.
STRATA = 20
#: A matching variable of fewer items than this distinguishes nobody.
FEWEST_ANCHORS = 3


@dataclass(frozen=True)
class Matching:
    """How persons are matched; `values` gives the variable for each answer.

    kind: "score", number right, or "theta", EAP with N(0, 1) by `parameters` (None with "score").
    """

    responses: Responses
    kind: Literal["score", "theta"]
    parameters: ItemParameters | None = None

    def values(self, anchors: NDArray[np.bool_]) -> Floats:
        """Matching variable of each answer, shape (responses,); `anchors` of shape (items,)."""
        if self.kind == "score":
            return self._scores(anchors)
        return self._abilities(anchors)

    def _scores(self, anchors: NDArray[np.bool_]) -> Floats:
        data = self.responses
        person, right, anchored = data.person, data.correct, anchors[data.item]
        total = np.bincount(person, right * anchored, data.n_persons).astype(np.float64)
        return total[person] + np.where(anchored, 0.0, right)

    def _abilities(self, anchors: NDArray[np.bool_]) -> Floats:
        data, parameters = self.responses, self.parameters
        assert parameters is not None
        person, item = data.person, data.item
        value = score(data.only(anchors), parameters).theta[person]
        for studied in np.flatnonzero(~anchors & np.isin(np.arange(data.n_items), item)):
            answers = item == studied
            if np.isnan(parameters.a[parameters.items.index(data.items[studied])]):
                continue
            met = np.zeros(data.n_persons, dtype=np.bool_)
            met[person[answers]] = True
            with_it = anchors.copy()
            with_it[studied] = True
            value[answers] = score(only_persons(data, met).only(with_it), parameters).theta
        return value


def matching(responses: Responses, kind: Kind, parameters: ItemParameters | None) -> Matching:
    """Number right where everybody answered every item, else ability.

    "auto" takes the score for complete blocks and theta elsewhere. Without parameters theta comes from a
    2PL fitted to all answers of both groups.

    Raises:
        InvalidArgument: an unknown kind, or "score" where persons answered different items.
    """
    if kind not in ("auto", "score", "theta"):
        raise InvalidArgument(f"matching must be auto, score or theta, not {kind!r}")
    numbers = np.diff(responses.starts)
    complete = bool((numbers[numbers > 0] == len(np.unique(responses.item))).all())
    if kind == "score" and not complete:
        raise InvalidArgument(
            "persons answered different items, so their numbers right do not compare; match on theta"
        )
    if kind != "theta" and complete:
        return Matching(responses, "score")
    if parameters is None:
        parameters = calibrate(responses, "2PL", standard_errors=False).parameters
    return Matching(responses, "theta", parameters)


def strata(found: Matching, anchors: NDArray[np.bool_], number: int) -> tuple[NDArray[np.int64], int]:
    """(stratum of each answer, number of strata): the scores themselves, or `number` quantiles of theta.

    There are no more quantiles than scores that a person could have by the number of answers: between finer
    ones the studied item's own answer would decide, and none would hold both right and wrong.
    The quantiles are those of the persons who answered the item, so that items which only the able meet
    are stratified as finely as others. Persons of one theta stay together.
    """
    value = found.values(anchors)
    if found.kind == "score":
        return value.astype(np.int64), found.responses.n_items + 1
    answers = np.diff(found.responses.starts)
    number = min(number, round(float(answers[answers > 0].mean())) + 1)
    item = found.responses.item
    order = np.lexsort((value, item))
    sorted_item, sorted_value = item[order], value[order]
    n = np.bincount(item, minlength=found.responses.n_items)
    first = np.concatenate([[0], np.cumsum(n)])[:-1]
    rank = np.arange(len(order)) - first[sorted_item]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(sorted_value) > 0.0) | (np.diff(sorted_item) > 0)
    tied = rank[np.maximum.accumulate(np.where(new, np.arange(len(order)), 0))]
    stratum = np.empty(len(order), dtype=np.int64)
    stratum[order] = tied * number // n[sorted_item]
    return stratum, number
