"""What `qbank calibrate` was asked for, as plain values; the spelling of priors and of a range."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from cli.errors import OptionError

if TYPE_CHECKING:
    from irt import Beta, LogNormal, Normal, Priors, Quadrature


class Model(StrEnum):
    """The models that a file can be fitted with."""

    ONE = "1PL"
    TWO = "2PL"
    THREE = "3PL"


class Engine(StrEnum):
    """What fits: our own engine, or girth for comparison."""

    NATIVE = "native"
    GIRTH = "girth"


#: The density that each prior option takes, and the names of its two numbers.
DENSITIES = {
    "a": ("lognormal", "MEAN", "SD"),
    "b": ("normal", "MEAN", "SD"),
    "c": ("beta", "A", "B"),
}


@dataclass(frozen=True)
class Request:
    """One run of the command; `priors` None stands for the model's default."""

    file: Path
    model: str
    out: Path
    engine: str
    quadrature: Quadrature
    standard_errors: bool
    priors: Priors | None
    key: Path | None
    groups: Path | None
    anchors: Path | None
    workers: int | None


def quadrature(nodes: int, text: str) -> Quadrature:
    """Read nodes and LOW,HIGH."""
    from irt import Quadrature

    low, high = numbers("--range", text, "LOW,HIGH")
    return Quadrature(nodes=nodes, low=low, high=high)


def priors(model: str, none: bool, given: dict[str, str | None]) -> Priors | None:
    """Read the priors of a, b and c; one that is not given is the model's default.

    Raises OptionError where they cannot be read, or contradict --no-priors.
    """
    from irt import Priors

    named = {letter: text for letter, text in given.items() if text is not None}
    if none and named:
        raise OptionError(f"--no-priors and --prior-{next(iter(named))} exclude each other: give one of them")
    if none:
        return Priors.none()
    if not named:
        return None
    default = Priors.default(model)
    return Priors(
        slope=_lognormal(named["a"]) if "a" in named else default.slope,
        b=_normal(named["b"]) if "b" in named else default.b,
        c=_beta(named["c"]) if "c" in named else default.c,
    )


def spelled(priors: Priors) -> dict[str, str | None]:
    """Return priors as the options spell them; None where there is none."""
    slope, b, c = priors.slope, priors.b, priors.c
    return {
        "a": None if slope is None else f"lognormal:{slope.mean:g},{slope.sd:g}",
        "b": None if b is None else f"normal:{b.mean:g},{b.sd:g}",
        "c": None if c is None else f"beta:{c.alpha:g},{c.beta:g}",
    }


def numbers(option: str, text: str, names: str) -> tuple[float, float]:
    """Read two numbers with a comma between them; raises OptionError."""
    parts = text.split(",")
    try:
        values = [float(part) for part in parts]
    except ValueError:
        values = []
    if len(values) != 2 or not all(map(math.isfinite, values)):
        raise OptionError(f"{option} {text}: two numbers are needed, {names}, with a comma between them")
    return values[0], values[1]


def _lognormal(text: str) -> LogNormal:
    from irt import LogNormal

    mean, sd = _density("a", text)
    _positive("a", text, sd)
    return LogNormal(mean, sd)


def _normal(text: str) -> Normal:
    from irt import Normal

    mean, sd = _density("b", text)
    _positive("b", text, sd)
    return Normal(mean, sd)


def _beta(text: str) -> Beta:
    from irt import Beta

    alpha, beta = _density("c", text)
    if alpha < 1.0 or beta < 1.0:
        raise OptionError(f"--prior-c {text}: A and B must be at least 1, so that the density has no pole")
    return Beta(alpha, beta)


def _density(letter: str, text: str) -> tuple[float, float]:
    name, first, second = DENSITIES[letter]
    kind, colon, figures = text.strip().partition(":")
    if kind.strip().casefold() != name or not colon:
        raise OptionError(
            f"--prior-{letter} {text}: the prior of {letter} is spelled {name}:{first},{second}"
            f"{', of the logarithm of the logistic slope' if letter == 'a' else ''}"
        )
    return numbers(f"--prior-{letter}", figures, f"{first},{second}")


def _positive(letter: str, text: str, sd: float) -> None:
    if sd <= 0.0:
        raise OptionError(f"--prior-{letter} {text}: SD must be above 0")
