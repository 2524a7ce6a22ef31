from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from irt.errors import InvalidArgument
from irt.selection.sprt import Classification
from irt.selection.stopping import Progress, Reason, StoppingRule, stop

CUT = Classification(0.0)
ABOVE = CUT.bounds[1] + 0.1


@pytest.mark.parametrize(
    ("rule", "progress", "reason"),
    [
        (StoppingRule(length=40), Progress(39), None),
        (StoppingRule(length=40), Progress(40), Reason.LENGTH),
        (StoppingRule(se=0.3, max_length=50), Progress(10, se=0.31), None),
        (StoppingRule(se=0.3, max_length=50), Progress(10, se=0.3), Reason.SE),
        (StoppingRule(se=0.3, max_length=50), Progress(0, se=0.1), None),
        (StoppingRule(se=0.3, max_length=50), Progress(10, se=np.nan), None),
        (StoppingRule(se=0.3, max_length=50, min_length=11), Progress(10, se=0.2), None),
        (StoppingRule(se=0.3, max_length=50), Progress(50, se=0.4), Reason.MAX_LENGTH),
        (StoppingRule(se=0.3, max_length=50), Progress(50, se=0.2), Reason.SE),
        (StoppingRule(se=0.3, length=20), Progress(12, se=0.2), Reason.SE),
        (StoppingRule(se=0.3, length=20), Progress(20, se=0.4), Reason.LENGTH),
        (StoppingRule(se=0.3, length=20, require="all", max_length=30), Progress(12, se=0.2), None),
        (StoppingRule(se=0.3, length=20, require="all", max_length=30), Progress(25, se=0.4), None),
        (StoppingRule(se=0.3, length=20, require="all", max_length=30), Progress(25, se=0.3), Reason.ALL),
        (StoppingRule(se=0.3, length=20, require="all", max_length=30), Progress(30), Reason.MAX_LENGTH),
        (StoppingRule(length=20, require="all"), Progress(20), Reason.LENGTH),
        (StoppingRule(length=20, seconds=60.0), Progress(3, seconds=59.9), None),
        (StoppingRule(length=20, seconds=60.0), Progress(3, seconds=60.0), Reason.TIME),
        (StoppingRule(length=20, seconds=60.0, min_length=5), Progress(3, seconds=99.0), Reason.TIME),
        (StoppingRule(length=20, seconds=60.0), Progress(20, seconds=99.0), Reason.LENGTH),
        (StoppingRule(classification=CUT, max_length=50), Progress(9, ratio=ABOVE), Reason.CLASSIFIED),
        (StoppingRule(classification=CUT, max_length=50), Progress(9, ratio=-ABOVE), Reason.CLASSIFIED),
        (StoppingRule(classification=CUT, max_length=50), Progress(9, ratio=ABOVE - 0.2), None),
        (StoppingRule(classification=CUT, se=0.3, max_length=50), Progress(9, se=0.2), Reason.SE),
        (
            StoppingRule(classification=CUT, se=0.3, require="all", seconds=9.0),
            Progress(9, se=0.2, ratio=ABOVE),
            Reason.ALL,
        ),
        (StoppingRule(seconds=9.0), Progress(0), None),
        (StoppingRule(max_length=1), Progress(1), Reason.MAX_LENGTH),
    ],
)
def test_a_session_ends_by_its_rule(rule: StoppingRule, progress: Progress, reason: Reason | None) -> None:
    assert stop(rule, progress) is reason


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "might never end by this rule: give it a max_length or seconds, or a length"),
        ({"se": 0.3}, "give it a max_length or seconds$"),
        ({"classification": CUT}, "give it a max_length or seconds$"),
        ({"se": 0.3, "length": 20, "require": "all"}, "give it a max_length or seconds$"),
        ({"se": 0.0, "length": 9}, "se must be a finite number above 0"),
        ({"se": np.nan, "length": 9}, "se must be a finite number above 0"),
        ({"seconds": np.inf}, "seconds must be a finite number above 0"),
        ({"length": 0}, "length must be at least min_length 1, not 0"),
        ({"length": 9, "min_length": 10}, "length must be at least min_length 10"),
        ({"max_length": 9, "min_length": 10}, "max_length must be at least min_length 10"),
        ({"length": 9, "min_length": 0}, "min_length must be at least 1"),
        ({"length": 9, "max_length": 8}, "length 9 is never reached with a max_length of 8"),
        ({"length": 9, "require": "some"}, "any or all, not 'some'"),
    ],
)
def test_a_rule_that_is_none_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgument, match=message):
        StoppingRule(**settings)


@pytest.mark.parametrize("progress", [Progress(-1), Progress(1, seconds=np.nan), Progress(1, ratio=np.nan)])
def test_a_session_that_is_none_is_refused(progress: Progress) -> None:
    with pytest.raises(InvalidArgument, match="items and seconds from 0 on"):
        stop(StoppingRule(length=3), progress)


@pytest.mark.parametrize(
    ("rule", "items"),
    [
        (StoppingRule(length=40), 40),
        (StoppingRule(max_length=30), 30),
        (StoppingRule(length=20, max_length=30), 20),
        (StoppingRule(se=0.3, max_length=50), 1),
        (StoppingRule(se=0.3, max_length=50, min_length=8), 8),
        (StoppingRule(se=0.3, length=20, min_length=8), 8),
        (StoppingRule(se=0.3, length=20, require="all", max_length=30), 20),
        (StoppingRule(classification=CUT, max_length=50, min_length=4), 4),
        (StoppingRule(length=40, seconds=60.0), 1),
    ],
)
def test_the_shortest_session_that_a_rule_allows(rule: StoppingRule, items: int) -> None:
    assert rule.shortest == items
