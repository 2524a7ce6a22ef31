"""The line theta_target = A theta_source + B from the parameters of common items, four ways.

Under it a_target = a_source / A, b_target = A b_source + B, and c stays (Kolen & Brennan 2014, chapter 6).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.optimize import least_squares
from scipy.special import expit

from irt.latent import Quadrature
from irt.models import D, Floats, ItemParameters

#: (source, target, quadrature) -> (A, B); the two hold the same items in the same order.
Method = Callable[[ItemParameters, ItemParameters, Quadrature], tuple[float, float]]


def mean_sigma(source: ItemParameters, target: ItemParameters, quadrature: Quadrature) -> tuple[float, float]:
    """A equates the standard deviations of b, B the means (Marco 1977)."""
    del quadrature
    spread = float(source.b.std())
    slope = float(target.b.std()) / spread if spread > 0.0 else np.nan
    return slope, float(target.b.mean() - slope * source.b.mean())


def mean_mean(source: ItemParameters, target: ItemParameters, quadrature: Quadrature) -> tuple[float, float]:
    """A equates the means of a, B those of b (Loyd & Hoover 1980)."""
    del quadrature
    slope = float(source.a.mean() / target.a.mean())
    return slope, float(target.b.mean() - slope * source.b.mean())


def haebara(source: ItemParameters, target: ItemParameters, quadrature: Quadrature) -> tuple[float, float]:
    """The least sum of squared differences between the curves of each item (Haebara 1980)."""
    return _least_squares(source, target, quadrature, together=False)


def stocking_lord(
    source: ItemParameters, target: ItemParameters, quadrature: Quadrature
) -> tuple[float, float]:
    """The least sum of squared differences between the test characteristic curves (Stocking & Lord 1983)."""
    return _least_squares(source, target, quadrature, together=True)


METHODS: Final[dict[str, Method]] = {
    "mean-sigma": mean_sigma,
    "mean-mean": mean_mean,
    "haebara": haebara,
    "stocking-lord": stocking_lord,
}


def _least_squares(
    source: ItemParameters, target: ItemParameters, quadrature: Quadrature, *, together: bool
) -> tuple[float, float]:
    """Both criteria in their symmetric form: over theta ~ N(0, 1) on either scale.

    Minimised in (ln A, B), so that A stays positive. At source theta x the target's curve is taken at
    A x + B; at target theta y the source's at (y - B) / A.
    """
    theta, log_weights = quadrature.grid()
    root = np.exp(0.5 * log_weights)
    source_at, target_at = _curves(source, theta)[0], _curves(target, theta)[0]

    def residuals(line: Floats) -> Floats:
        slope, shift = np.exp(line[0]), line[1]
        up = (_curves(target, slope * theta + shift)[0] - source_at) * root
        down = (target_at - _curves(source, (theta - shift) / slope)[0]) * root
        return _folded(up, down, together)

    def jacobian(line: Floats) -> Floats:
        slope, shift = np.exp(line[0]), line[1]
        back = (theta - shift) / slope
        rise, fall = _curves(target, slope * theta + shift)[1], _curves(source, back)[1]
        return np.stack(
            [
                _folded(rise * slope * theta * root, fall * back * root, together),
                _folded(rise * root, fall / slope * root, together),
            ],
            axis=1,
        )

    slope = np.exp(np.mean(np.log(source.a) - np.log(target.a)))
    start = np.array([np.log(slope), np.median(target.b - slope * source.b)])
    found = least_squares(residuals, start, jac=jacobian, method="lm", xtol=1e-13, ftol=1e-13, gtol=1e-13)
    return float(np.exp(found.x[0])), float(found.x[1])


def _folded(up: Floats, down: Floats, together: bool) -> Floats:
    both = np.concatenate([up, down], axis=1)
    return both.sum(axis=0) if together else both.ravel()


def _curves(items: ItemParameters, theta: Floats) -> tuple[Floats, Floats]:
    """(P, dP / dtheta), each of shape (items, nodes)."""
    curve = expit(D * items.a[:, None] * (theta - items.b[:, None]))
    rest = 1.0 - items.c[:, None]
    return items.c[:, None] + rest * curve, rest * D * items.a[:, None] * curve * (1.0 - curve)
