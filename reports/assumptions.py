"""What the page says of the model's assumptions: fit, one ability, persons, and the same curve for every group."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ModelTest:
    """Item fit of one model: items tested and misfitting, typical and largest distance from the curve."""

    model: str
    n_items: int
    n_misfit: int
    median_rmsd: float | None
    largest_rmsd: float | None


@dataclass(frozen=True)
class Pair:
    """Two items whose answers depend on each other beyond ability."""

    item_1: str
    item_2: str
    q3: float
    n: int
    cutoff: float


@dataclass(frozen=True)
class Comparison:
    """A focal group against a reference: items judged and flagged; `reason` says why none was judged."""

    contrast: str
    n_reference: int
    n_focal: int
    n_items: int
    n_flagged: int
    flagged: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Different:
    """An item with DIF: effect on ETS's delta scale (negative: harder for the focal group), q value and class."""

    item: str
    contrast: str
    effect: float
    q_value: float | None
    grade: str


@dataclass(frozen=True)
class Assumptions:
    """Figures of a run. Q3 of `n_pairs` pairs; `pairs` are those flagged, perhaps not all (`n_dependent`).

    alpha and omega are of the `n_block` persons who answered every item, None without such; empirical is that of the
    abilities. looked_at: the persons and answers behind all of this, where it is a sample.
    """

    fits: tuple[ModelTest, ...] = ()
    fit_effect: float | None = None
    n_pairs: int = 0
    n_dependent: int = 0
    mean_q3: float | None = None
    pairs: tuple[Pair, ...] = ()
    pairs_note: str = ""
    alpha: float | None = None
    omega: float | None = None
    n_block: int = 0
    empirical: float | None = None
    mean_se: float | None = None
    n_persons_tested: int = 0
    n_persons_misfit: int = 0
    comparisons: tuple[Comparison, ...] = ()
    different: tuple[Different, ...] = ()
    position: str = ""
    looked_at: str = ""
