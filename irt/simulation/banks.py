"""What adaptive sessions would be by new item parameters, beside those by the old ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.models import Floats, ItemParameters, probability
from irt.responses import Responses
from irt.score import score
from irt.selection.exposure import exposure
from irt.simulation.designs import Adaptive, Codes


@dataclass(frozen=True)
class BankFigures:
    """Sessions by one bank, theta on the scale of its parameters (D = 1.7 metric).

    items:    that can be chosen: with parameters and a slope above 0.
    se:       mean posterior SD at the end.
    rmse:     root mean square of estimated less true theta.
    bias:     mean of the same.
    used:     share of the items that at least one learner met.
    exposure: share of the learners who met the item met most.
    overlap:  mean share of a session that two learners have in common (Chen, Ankenmann & Spray 2003).
    """

    items: int
    se: float
    rmse: float
    bias: float
    used: float
    exposure: float
    overlap: float


@dataclass(frozen=True)
class BankComparison:
    """The same learners by either bank; `common` is the number of items that both can choose."""

    old: BankFigures
    new: BankFigures
    common: int
    learners: int
    length: int


def compare_banks(
    rng: np.random.Generator,
    old: ItemParameters,
    new: ItemParameters,
    *,
    learners: int = 1000,
    length: int = 30,
    mean: float = 0.0,
    sd: float = 1.0,
    truth: ItemParameters | None = None,
) -> BankComparison:
    """Simulate adaptive sessions by either set of parameters: the same learners, the same luck with an item.

    Learners are theta ~ N(mean, sd). Every next item is the most informative unused one at the EAP under that
    prior (Lord 1980, chapter 10), `length` items each, and a session is scored by EAP. A bank chooses and
    scores by its own parameters; learners answer by `truth`, so that old and new are judged by one yardstick.

    Args:
        rng: draws abilities and answers.
        old: parameters in use; items without parameters, or with a slope not above 0, cannot be chosen.
        new: parameters that may replace them, on the same scale.
        learners: number of them, at least 2.
        length: items of a session.
        mean: of theta.
        sd: of theta.
        truth: by which learners answer; None: `new`, and `old` for the items that `new` has not.

    Raises:
        InvalidArgument: fewer than 2 learners, or a bank with fewer items than a session has.
    """
    if learners < 2:
        raise InvalidArgument(f"an overlap needs at least 2 learners, not {learners}")
    banks = {"old": _usable(old), "new": _usable(new)}
    for name, bank in banks.items():
        if not 1 <= length <= len(bank.items):
            raise InvalidArgument(
                f"a session of {length} items needs as many in the {name} bank, which has {len(bank.items)} with "
                "parameters and a slope above 0"
            )
    true = _known([truth] if truth is not None else [], [banks["new"], banks["old"]])
    theta = rng.normal(mean, sd, learners)
    luck = rng.random((learners, len(true.items)), dtype=np.float32)
    figures = {
        name: _figures(bank, true, theta, luck, Adaptive(length, among=1, mean=mean, sd=sd))
        for name, bank in banks.items()
    }
    common = len(set(banks["old"].items) & set(banks["new"].items))
    return BankComparison(figures["old"], figures["new"], common, learners, length)


def _usable(bank: ItemParameters) -> ItemParameters:
    """The items that can be chosen."""
    return _rows(bank, np.isfinite(bank.a + bank.b + bank.c) & (bank.a > 0.0))


def _rows(bank: ItemParameters, kept: NDArray[np.bool_]) -> ItemParameters:
    items = tuple(label for label, there in zip(bank.items, kept.tolist(), strict=True) if there)
    return ItemParameters(items, bank.a[kept], bank.b[kept], bank.c[kept])


def _known(given: list[ItemParameters], banks: list[ItemParameters]) -> ItemParameters:
    """Every item of the banks, with the parameters of the first that has any."""
    found: dict[object, tuple[float, float, float]] = {}
    asked = {label for bank in banks for label in bank.items}
    for bank in (*map(_finite, given), *banks):
        for label, *row in zip(bank.items, bank.a.tolist(), bank.b.tolist(), bank.c.tolist(), strict=True):
            if label in asked:
                found.setdefault(label, (row[0], row[1], row[2]))
    a, b, c = np.array(list(found.values())).T
    return ItemParameters(list(found), a, b, c)


def _finite(bank: ItemParameters) -> ItemParameters:
    return _rows(bank, np.isfinite(bank.a + bank.b + bank.c))


def _figures(
    bank: ItemParameters, true: ItemParameters, theta: Floats, luck: NDArray[np.float32], design: Adaptive
) -> BankFigures:
    """One bank's sessions."""
    place = {label: i for i, label in enumerate(true.items)}
    at = np.array([place[label] for label in bank.items])
    right = np.zeros((len(theta), design.length), dtype=np.bool_)

    def answer(position: int, people: Codes, items: Codes) -> NDArray[np.bool_]:
        known = at[items]
        chance = probability(theta[people], true.a[known], true.b[known], true.c[known])
        right[people, position] = luck[people, known] < chance
        given: NDArray[np.bool_] = right[people, position]
        return given

    # With one candidate nothing is left to draw: the generator is asked for and does not matter.
    met = design.run(np.random.default_rng(0), len(theta), bank, answer)
    people = np.repeat(np.arange(len(theta)), design.length)
    answers = Responses.from_codes(people, met.ravel(), right.ravel(), range(len(theta)), bank.items)
    scores = score(answers, bank, mean=design.mean, sd=design.sd)
    off = scores.theta - theta
    worn = exposure(np.bincount(met.ravel(), minlength=len(bank.items)), len(theta))
    return BankFigures(
        items=len(bank.items),
        se=float(scores.se.mean()),
        rmse=float(np.sqrt((off**2).mean())),
        bias=float(off.mean()),
        used=worn.used,
        exposure=worn.largest,
        overlap=worn.overlap,
    )
