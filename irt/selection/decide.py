"""One decision: the item to serve next, from what a session has shown so far, with all that explains it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument
from irt.models import Floats
from irt.selection.ability import Ability, Answers, Method, ability
from irt.selection.constraints import Constraints
from irt.selection.kinds import Kinds
from irt.selection.posterior import Criterion, over_posterior, places_of
from irt.selection.randomesque import randomesque
from irt.selection.ranked import RankedBank
from irt.selection.shadow import BUDGET, ShadowTest, shadow_test
from irt.selection.sympson_hetter import administered_among
from irt.selection.walk import best_to_walk, shadow_to_walk

Bools = NDArray[np.bool_]
Places = NDArray[np.int64]
CRITERIA: Final = ("MFI", "MPWI", "KL", "MEPV")


@dataclass(frozen=True)
class Rules:
    """How items are chosen.

    method, mean, sd, fences: of `ability`.
    criterion:      "MFI" (maximum information at theta), or one of `over_posterior`.
    among:          one of so many best ones, each as likely (randomesque); 1: the best.
    stand_in_share: items without parameters of their own may be at most this share of a session.
    pilot_rate:     chance of each position to be given to an item on trial, drawn whatever theta is.
    candidates:     best items that a decision tells of.

    Raises:
        InvalidArgument: an unknown criterion, a share outside [0, 1], or a count below 1.
    """

    method: Method = "EAP"
    mean: float = 0.0
    sd: float = 1.0
    fences: tuple[float, float] = (-4.0, 4.0)
    criterion: Literal["MFI"] | Criterion = "MFI"
    among: int = 1
    stand_in_share: float = 1.0
    pilot_rate: float = 0.0
    candidates: int = 5

    def __post_init__(self) -> None:
        if self.criterion not in CRITERIA:
            raise InvalidArgument(f"criterion must be one of {', '.join(CRITERIA)}, not {self.criterion!r}")
        for name in ("stand_in_share", "pilot_rate"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InvalidArgument(f"{name} is a share and must lie in [0, 1], not {getattr(self, name)}")
        if self.among < 1 or self.candidates < 1:
            raise InvalidArgument(
                f"among and candidates must be at least 1, not {self.among} and {self.candidates}"
            )

    def ability(self, answers: Answers) -> Ability:
        """Ability by these rules. Raises as `irt.selection.ability`."""
        return ability(answers, method=self.method, mean=self.mean, sd=self.sd, fences=self.fences)


class SelectionBank:
    """The items that sessions choose from, in arrays of shape (items,): immutable, shared by all sessions."""

    def __init__(
        self,
        a: ArrayLike,
        b: ArrayLike,
        c: ArrayLike,
        *,
        se_b: ArrayLike = 0.0,
        stand_in: ArrayLike = False,
        pilot: ArrayLike = False,
    ) -> None:
        """Take parameters (D = 1.7 metric), and which items have none of their own, or are on trial.

        Raises:
            InvalidArgument, InvalidParameters: as `Kinds`, or flags of another shape.
        """
        self.ranked: Final = RankedBank(a, b, c, se_b)
        self.stand_in: Final = _flags("stand_in", stand_in, self.items)
        self.pilot: Final = _flags("pilot", pilot, self.items)

    @property
    def items(self) -> int:
        """How many there are."""
        return self.kinds.items

    @property
    def kinds(self) -> Kinds:
        """Items that are alike, and their parameters."""
        return self.ranked.kinds


@dataclass(frozen=True, eq=False)
class Session:
    """A session so far: the ability that its answers tell, and the places of items served, in order.

    Items on trial are in neither.
    """

    ability: Ability
    administered: Places


@dataclass(frozen=True, eq=False)
class Limits:
    """What a decision must keep to.

    allowed: shape (items,): may be served now; what was served is not among them.
    reserve: shape (items,) or None: of a blueprint, may be used where there is no full test without them.
    rows:    of a blueprint, or None.
    control: Sympson-Hetter parameters, shape (items,), or None; with them `among` does not count.
    solves, budget: of `shadow_test`.
    """

    allowed: Bools
    reserve: Bools | None = None
    rows: Constraints | None = None
    control: Floats | None = None
    solves: int | None = None
    budget: float | None = BUDGET


@dataclass(frozen=True, eq=False)
class Decision:
    """The item chosen and why.

    item: its place. pilot: on trial, whatever theta is; it has no value. ability: before the item. candidates and
    values: the best items by the criterion, best first (of a blueprint: of the shadow test). passed_over: items that
    Sympson-Hetter selected and did not administer, which may be more than are told of. shadow: the shadow test, of a
    blueprint. beyond_share: an item without parameters was chosen beyond their share, for there was nothing else.
    """

    item: int
    pilot: bool
    ability: Ability
    criterion: str
    value: float
    candidates: Places
    values: Floats
    passed_over: Places
    shadow: ShadowTest | None
    beyond_share: bool


def decide(
    bank: SelectionBank,
    rules: Rules,
    session: Session,
    limits: Limits,
    rng: np.random.Generator,
    clock: Callable[[], float],
) -> Decision:
    """Choose the next item of a session.

    The same bank, rules, session and limits, a generator in the same state, and the `solves` that a shadow test
    told of with `budget=None`, give the same decision bit for bit.

    Args:
        bank: the items.
        rules: how they are chosen.
        session: so far.
        limits: what may be chosen.
        rng: of this decision alone, such as one seeded by session and position.
        clock: seconds from any origin; for the budget of a shadow test.

    Raises:
        NothingEligible: no item is allowed.
        InvalidArgument: `allowed` of another shape, or as `shadow_test`.
    """
    if limits.allowed.shape != (bank.items,):
        raise InvalidArgument(f"allowed must have shape ({bank.items},), not {limits.allowed.shape}")
    known = session.ability
    trial = limits.allowed & bank.pilot
    # Drawn at every position, so that whether one falls to a trial depends on nothing else.
    is_trial = rng.random() < rules.pilot_rate and trial.any()
    if is_trial:
        return _on_trial(known, rules, np.flatnonzero(trial), rng)
    pool, beyond = _within_share(bank, rules, session, limits.allowed & ~bank.pilot)
    if limits.rows is None:
        places, values = _best(bank, rules, known, pool, limits.control)
        shadow = None
    else:
        places, values, shadow = _from_shadow(bank, rules, known, session, pool, limits, clock)
    passed = np.empty(0, dtype=np.int64)
    if limits.control is None:
        item = randomesque(places, rules.among, rng)
    else:
        item, passed = administered_among(places, limits.control, rng)
    value = float(values[int(np.flatnonzero(places == item)[0])])
    told = slice(0, rules.candidates)
    return Decision(
        item, False, known, rules.criterion, value, places[told], values[told], passed, shadow, beyond
    )


def _on_trial(known: Ability, rules: Rules, places: Places, rng: np.random.Generator) -> Decision:
    """One of the items on trial, each as likely."""
    nothing = np.empty(0)
    item = randomesque(places, len(places), rng)
    return Decision(
        item, True, known, rules.criterion, float("nan"), places[:0], nothing, places[:0], None, False
    )


def _within_share(bank: SelectionBank, rules: Rules, session: Session, pool: Bools) -> tuple[Bools, bool]:
    """The pool without items that have no parameters, where there have been enough of them; and if it had to be."""
    served = int(bank.stand_in[session.administered].sum())
    if served + 1 <= rules.stand_in_share * (len(session.administered) + 1):
        return pool, False
    own = pool & ~bank.stand_in
    return (own, False) if own.any() else (pool, True)


def _best(
    bank: SelectionBank, rules: Rules, known: Ability, pool: Bools, control: Floats | None
) -> tuple[Places, Floats]:
    """The best items, as many as are told of and chosen among, or gone down."""
    if rules.criterion == "MFI":

        def best(number: int) -> tuple[Places, Floats]:
            found = bank.ranked.best(known.theta, pool, number)
            return found.places, found.values

    else:
        values = over_posterior(rules.criterion, known.posterior, bank.kinds)

        def best(number: int) -> tuple[Places, Floats]:
            places = places_of(values, bank.kinds, pool, number)
            return places, values[bank.kinds.kind[places]]

    wanted = max(rules.among, rules.candidates)
    return best(wanted) if control is None else best_to_walk(best, control, wanted)


def _from_shadow(
    bank: SelectionBank,
    rules: Rules,
    known: Ability,
    session: Session,
    pool: Bools,
    limits: Limits,
    clock: Callable[[], float],
) -> tuple[Places, Floats, ShadowTest]:
    """The free items of the best full test, the one to serve first; an item set under way goes on.

    Under Sympson-Hetter what may come in their place follows them.
    """
    assert limits.rows is not None
    if rules.criterion == "MFI":
        values = bank.ranked.values(known.theta)
    else:
        values = over_posterior(rules.criterion, known.posterior, bank.kinds)[bank.kinds.kind]
    # A variance that is to be small is worth what it takes away.
    worth = values + known.posterior.sd**2 if rules.criterion == "MEPV" else values
    found = shadow_test(
        limits.rows, worth, session.administered, pool, clock,
        reserve=limits.reserve, solves=limits.solves, budget=limits.budget,
    )  # fmt: skip
    free = found.items[len(session.administered) :]
    if _under_way(limits.rows, session, found.next_item):
        places = np.array([found.next_item])
    else:
        places = free if limits.control is None else shadow_to_walk(limits.rows, free, worth, pool)
    return places, values[places], found


def _under_way(rows: Constraints, session: Session, item: int) -> bool:
    """Whether an item goes on with the item set of the one before it."""
    if not len(session.administered):
        return False
    last = int(rows.set_of[session.administered[-1]])
    return last >= 0 and int(rows.set_of[item]) == last


def _flags(name: str, given: ArrayLike, items: int) -> Bools:
    flags = np.asarray(given, dtype=np.bool_)
    if flags.shape not in ((), (items,)):
        raise InvalidArgument(
            f"{name} must be one flag for each of {items} items, not of shape {flags.shape}"
        )
    made = np.broadcast_to(flags, (items,)).copy()
    made.flags.writeable = False
    return made
