"""What is believed of a person's theta before the answers."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from irt.errors import InvalidArgument
from irt.latent import Latent, Quadrature
from irt.models import Floats

#: Priors shared by persons each have a table of log probabilities; beyond so many, each person has own nodes.
MOST_SHARED = 64


@dataclass(frozen=True)
class Shared:
    """A distribution on nodes and the persons (codes, ascending) whose prior it is.

    `normal`: N(mean, sd); else the weights at the nodes, log-linear between them.
    """

    members: NDArray[np.int64]
    theta: Floats
    log_weights: Floats
    normal: bool


@dataclass(frozen=True)
class Prior:
    """Mean and sd of each person's prior, shape (persons,), and the distributions on nodes.

    Without any in `shared`, the nodes of a person are mean + sd * theta of `standard`, with its weights.
    """

    mean: Floats
    sd: Floats
    shared: tuple[Shared, ...]
    standard: tuple[Floats, Floats]


def normal_prior(persons: int, mean: ArrayLike, sd: ArrayLike, quadrature: Quadrature) -> Prior:
    """N(mean, sd), one for all or one each (shape (persons,)).

    Raises:
        InvalidArgument: values that are not finite, an sd not above 0, or not one for each person.
    """
    means, sds = _column("mean", mean, persons), _column("sd", sd, persons)
    if not (np.isfinite(means).all() and np.isfinite(sds).all() and (sds > 0.0).all()):
        bad = int((~(np.isfinite(means) & np.isfinite(sds) & (sds > 0.0))).argmax())
        raise InvalidArgument(
            f"the latent distribution needs a finite mean and sd > 0, not ({means[bad]}, {sds[bad]})"
        )
    standard = quadrature.grid()
    if np.ndim(mean) == np.ndim(sd) == 0:
        pairs, code = np.array([[mean, sd]], dtype=np.float64), np.zeros(persons, dtype=np.int64)
    else:
        pairs, code = np.unique(np.stack([means, sds], axis=1), axis=0, return_inverse=True)
    shared: tuple[Shared, ...] = ()
    if len(pairs) <= MOST_SHARED:
        shared = tuple(
            Shared(np.flatnonzero(code == i), *quadrature.grid(float(m), float(s)), True)
            for i, (m, s) in enumerate(pairs)
        )
    return Prior(means, sds, shared, standard)


def fitted_prior(
    latent: Latent, persons: int, groups: Sequence[Hashable] | None, quadrature: Quadrature | None
) -> Prior:
    """The latent distributions of a calibration, by group.

    With a quadrature, its nodes and N(mean, sd) in place of the calibration's nodes and weights.

    Raises:
        InvalidArgument: several distributions and no group for each person, or a group that was not fitted.
    """
    code = _codes(tuple(latent.groups), persons, groups)
    mean, sd = np.asarray(latent.mean, dtype=np.float64), np.asarray(latent.sd, dtype=np.float64)
    shared = []
    for g in np.unique(code):
        if quadrature is not None:
            theta, log_weights, normal = *quadrature.grid(float(mean[g]), float(sd[g])), True
        else:
            theta = np.asarray(latent.theta, dtype=np.float64)
            log_weights = np.log(np.maximum(latent.weights[g], np.finfo(np.float64).tiny))
            normal = latent.shape == "normal"
        shared.append(Shared(np.flatnonzero(code == g), theta, log_weights, normal))
    return Prior(mean[code], sd[code], tuple(shared), (quadrature or Quadrature()).grid())


def _codes(known: tuple[Hashable, ...], persons: int, groups: Sequence[Hashable] | None) -> NDArray[np.int64]:
    if groups is None:
        if len(known) > 1:
            raise InvalidArgument(
                f"the calibration has {len(known)} groups; say by groups= which one each person belongs to, "
                "or give mean= and sd="
            )
        return np.zeros(persons, dtype=np.int64)
    if len(groups) != persons:
        raise InvalidArgument(f"groups must have one label for each of {persons} persons, not {len(groups)}")
    place = {label: i for i, label in enumerate(known)}
    foreign = [label for label in groups if label not in place]
    if foreign:
        raise InvalidArgument(
            f"group {foreign[0]!r} is none of the calibration's {len(known)}: {', '.join(map(repr, known[:10]))}"
        )
    return np.array([place[label] for label in groups], dtype=np.int64)


def _column(name: str, value: ArrayLike, persons: int) -> Floats:
    given = np.asarray(value, dtype=np.float64)
    if given.shape not in ((), (persons,)):
        raise InvalidArgument(
            f"{name} must be one number or one for each of {persons} persons, not of shape {given.shape}"
        )
    return np.ascontiguousarray(np.broadcast_to(given, (persons,)))
