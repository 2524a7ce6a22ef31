"""Banks and blueprints to select under."""

from __future__ import annotations

import numpy as np

from irt.models import Floats
from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas


def bank(
    seed: int, items: int, length: int = 40, sets: int = 10, enemies: int = 20, topics: int = 12
) -> tuple[tuple[Floats, Floats, Floats], Blueprint]:
    """Parameters, and a blueprint of quotas in three layers that a random test would miss by a fifth at most."""
    rng = np.random.default_rng(seed)
    parameters = np.exp(rng.normal(-0.2, 0.3, items)), rng.normal(0.0, 1.0, items), rng.beta(5, 17, items)
    names, members, least, most = [], [], [], []
    for layer, values in (("topic", topics), ("difficulty", 3), ("cognitive level", 4)):
        code = rng.choice(values, items, p=rng.dirichlet(np.full(values, 20.0)))
        for value in range(values):
            share = (code == value).mean() * length
            names.append(f"{layer} {value}")
            members.append(code == value)
            least.append(int(share * 0.8))
            most.append(int(np.ceil(share * 1.2)))
    mixed = [int(k) for k in rng.permutation(items)]
    pairs = [Enemies(f"enemies {k}", tuple(mixed[2 * k : 2 * k + 2])) for k in range(enemies)]
    rest = mixed[2 * enemies :]
    stimuli = [ItemSet(f"stimulus {k}", tuple(rest[5 * k : 5 * k + 5]), 3, 4) for k in range(sets)]
    quotas = Quotas(names, np.array(members), least, most)
    return parameters, Blueprint(length, items, quotas, tuple(pairs), tuple(stimuli))
