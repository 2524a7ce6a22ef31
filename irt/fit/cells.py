"""Merging of groups in which too little is expected for a chi-square."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irt.models import Floats


def merge_small(right: Floats, wrong: Floats, smallest: float) -> NDArray[np.int64]:
    """New group of each group, shape (groups,), so that each expects `smallest` right and wrong answers.

    Groups are in order of ability. From the lowest up, each takes in the next until it has enough; what is
    left at the top joins the last. A single group remains where even all together have too little.
    """
    into = np.zeros(len(right), dtype=np.int64)
    current, has_right, has_wrong = 0, 0.0, 0.0
    for group in range(len(right)):
        into[group] = current
        has_right += right[group]
        has_wrong += wrong[group]
        if min(has_right, has_wrong) >= smallest:
            current, has_right, has_wrong = current + 1, 0.0, 0.0
    return np.minimum(into, max(current - 1, 0))
