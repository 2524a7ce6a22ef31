"""The best curve of each item by its own answers alone, given what each person's other answers say of theta.

A person's answer is right with probability p = sum over nodes of w P(theta), w the posterior given the other
answers; over the persons of a bin w is averaged. What is maximised is the binomial likelihood of the bins, by
Fisher scoring in (slope, intercept, c), all items at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from scipy.special import expit

from irt.choice.rest import Rest
from irt.estimation.item_kernels import C_HIGH, SLOPE_HIGH
from irt.models import Floats

SLOPE, INTERCEPT, C = 0, 1, 2
#: Log-likelihood (items,), gradient (items, 3) and expected information (items, 3, 3).
Evaluation = tuple[Floats, Floats, Floats]
_ROUNDS, _HALVINGS = 50, 8
#: Step times gradient, twice what the step would gain in log-likelihood: below, an item has settled.
_SETTLED = 1e-5
_CAPS = np.array([1.7, 3.0, 0.15])
#: Items climbed at a time: what is copied of their weights stays in some ten megabytes.
_BLOCK = 500
#: Of the information's diagonal: keeps a step finite where the answers say nothing of a parameter.
_RIDGE = 1e-8


@dataclass(frozen=True)
class Curves:
    """parameters: shape (items, 3), logistic metric; log_likelihood: (items,); information: (items, 3, 3)."""

    parameters: Floats
    log_likelihood: Floats
    information: Floats

    @property
    def se_c(self) -> Floats:
        """Standard error of a free c, slope and intercept estimated beside it, shape (items,); inf where none."""
        with_others = self.information[:, C, :C]
        others = self.information[:, :C, :C] + _RIDGE * np.eye(2)
        left = self.information[:, C, C] - np.einsum(
            "ji,ji->j", with_others, np.linalg.solve(others, with_others[..., None])[..., 0]
        )
        with np.errstate(divide="ignore"):
            found: Floats = 1.0 / np.sqrt(np.maximum(left, 0.0))
        return found


def best_curves(rest: Rest, starts: Sequence[Floats], *, c: Floats | None = None) -> Curves:
    """The best maximum reached from the `starts`, each (items, 3); c is free on [0, 0.7], or held at c (items,).

    The likelihood of a 3PL item may have several maxima: a start at the best curve without c makes sure that
    freeing c loses nothing.
    """
    blocks = []
    for first in range(0, len(rest.n), _BLOCK):
        part = slice(first, first + _BLOCK)
        own = rest.only(part)
        blocks.append([_climbed(own, start[part], None if c is None else c[part]) for start in starts])
    return _joined([_best(block) for block in blocks])


def _best(found: Sequence[Curves]) -> Curves:
    """Of each item the curve of the start that came highest."""
    which = np.argmax([one.log_likelihood for one in found], axis=0)
    each = np.arange(len(which))
    return Curves(*(np.stack(column)[which, each] for column in _columns(found)))


def _joined(blocks: Sequence[Curves]) -> Curves:
    return Curves(*(np.concatenate(column) for column in _columns(blocks)))


def _columns(curves: Sequence[Curves]) -> list[list[Floats]]:
    return [[getattr(one, each.name) for one in curves] for each in fields(Curves)]


def _climbed(rest: Rest, start: Floats, c: Floats | None) -> Curves:
    """Scoring from one start; items that have settled take no part in later rounds."""
    at = _bounded(start if c is None else np.column_stack([start[:, :C], c]))
    value, gradient, information = _evaluated(rest, at)
    on, own = np.ones(len(at), dtype=np.bool_), rest
    for _ in range(_ROUNDS):
        step = _step(at[on], gradient[on], information[on], free_c=c is None)
        moving = (step * gradient[on]).sum(axis=1) > _SETTLED
        if not moving.all():
            on[on] = moving
            own, step = own.only(moving), step[moving]
        if not on.any():
            break
        ahead, tried = _halved(own, at[on], value[on], step)
        better = tried[0] > value[on]
        moved = np.flatnonzero(on)[better]
        at[moved] = ahead[better]
        for whole, part in zip((value, gradient, information), tried, strict=True):
            whole[moved] = part[better]
        if not better.all():
            on[on] = better
            own = own.only(better)
    return Curves(at, value, information)


def _halved(own: Rest, at: Floats, value: Floats, step: Floats) -> tuple[Floats, Evaluation]:
    """The step of each item, halved where its likelihood would fall, a few times at most."""
    ahead = _bounded(at + step)
    tried = _evaluated(own, ahead)
    for _ in range(_HALVINGS):
        short = ~(tried[0] > value)
        if not short.any():
            break
        step[short] *= 0.5
        ahead[short] = _bounded(at[short] + step[short])
        again = _evaluated(own.only(short), ahead[short])
        for whole, part in zip(tried, again, strict=True):
            whole[short] = part
    return ahead, tried


def _evaluated(rest: Rest, at: Floats) -> Evaluation:
    slope, intercept, c = at.T[:, :, None]
    up = expit(slope * rest.theta + intercept)
    steep = (1.0 - c) * up * (1.0 - up)
    curves = np.stack([c + (1.0 - c) * up, steep * rest.theta, steep, 1.0 - up], axis=2)
    p, by = np.split(rest.weights @ curves, [1], axis=2)
    p = np.clip(p[:, :, 0], 1e-12, 1.0 - 1e-12)
    value = (rest.right * np.log(p) + (rest.n - rest.right) * np.log1p(-p)).sum(axis=1)
    per = 1.0 / (p * (1.0 - p))
    gradient = (((rest.right - rest.n * p) * per)[:, None, :] @ by)[:, 0]
    information = (by * (rest.n * per)[:, :, None]).transpose(0, 2, 1) @ by
    return value, gradient, information


def _step(at: Floats, gradient: Floats, information: Floats, *, free_c: bool) -> Floats:
    """Scoring step: first in c, cut at its bounds, then in slope and intercept given that; capped as a whole."""
    others = information[:, :C, :C] + _RIDGE * (1.0 + information[:, :C, :C]) * np.eye(2)
    with_c, c = information[:, :C, C], at[:, C]
    # Solved at once for what the gradient asks of slope and intercept, and for what a step in c does.
    asked, moved = np.moveaxis(np.linalg.solve(others, np.stack([gradient[:, :C], with_c], axis=2)), 2, 0)
    step_c = np.zeros(len(at))
    if free_c:
        left = information[:, C, C] - (with_c * moved).sum(axis=1)
        slope = gradient[:, C] - (with_c * asked).sum(axis=1)
        step_c = np.clip(slope / np.maximum(left, _RIDGE * (1.0 + information[:, C, C])), -c, C_HIGH - c)
    step = np.column_stack([asked - moved * step_c[:, None], step_c])
    too_far = (np.abs(step) / _CAPS).max(axis=1)
    short: Floats = step / np.maximum(too_far, 1.0)[:, None]
    return short


def _bounded(at: Floats) -> Floats:
    out = at.copy()
    out[:, SLOPE] = np.clip(out[:, SLOPE], -SLOPE_HIGH, SLOPE_HIGH)
    out[:, C] = np.clip(out[:, C], 0.0, C_HIGH)
    return out
