from __future__ import annotations

import numpy as np
import pytest

import irt
from irt.errors import InvalidArgument, InvalidParameters
from irt.linking import METHODS, Link, link


def moved(
    seed: int, *, noise: float = 0.05, items: int = 20
) -> tuple[irt.ItemParameters, irt.ItemParameters]:
    """Parameters on two scales, A = 1.2, B = -0.3, with errors."""
    rng = np.random.default_rng(seed)
    a, b = rng.lognormal(-0.2, 0.3, items), rng.normal(size=items)
    other_a = a / 1.2 * rng.lognormal(0.0, noise, items)
    other_b = 1.2 * b - 0.3 + rng.normal(0.0, noise, items)
    return irt.ItemParameters(range(items), a, b), irt.ItemParameters(range(items), other_a, other_b)


def with_b(parameters: irt.ItemParameters, changes: dict[int, float]) -> irt.ItemParameters:
    b = parameters.b.copy()
    for item, change in changes.items():
        b[item] += change
    return irt.ItemParameters(parameters.items, parameters.a, b, parameters.c)


def line(found: Link) -> list[float]:
    return [found.A, found.B]


@pytest.mark.parametrize("method", METHODS)
def test_drifting_anchors_are_dropped_and_named(method: str) -> None:
    source, target = moved(1)
    drifted = with_b(target, {3: 0.9, 7: 0.7, 12: 0.8})
    found = link(source, drifted, method=method)
    assert {3, 7, 12} <= set(found.dropped)
    assert line(found) == pytest.approx([1.2, -0.3], abs=0.06)
    reason = found.anchors["reason"][3]
    assert reason.startswith("moved otherwise")
    assert found.anchors["distance"][3] > 0.1
    kept = link(source, drifted, method=method, drop_outliers=False)
    assert kept.dropped == ()
    assert abs(kept.B + 0.3) > abs(found.B + 0.3) + 0.05


def test_sound_anchors_are_kept_by_curves() -> None:
    # With errors of .03 no curve moves by .05, whatever its robust z.
    found = [link(*moved(seed, noise=0.03)) for seed in range(20)]
    assert all(each.dropped == () for each in found)
    assert any((each.anchors["z_b"].abs() > 2.7).any() for each in found)


def test_a_difficulty_without_discrimination_harms_no_curve() -> None:
    source, target = moved(2)
    a, b = target.a.copy(), target.b.copy()
    flat = source.a.copy()
    flat[5], a[5], b[5] = 0.02, 0.02 / 1.2, source.b[5] + 4.0
    source = irt.ItemParameters(source.items, flat, source.b)
    target = irt.ItemParameters(target.items, a, b)
    assert link(source, target).dropped == ()
    assert 5 in link(source, target, method="mean-sigma").dropped


def test_what_was_linked_lies_on_the_target_s_scale() -> None:
    source, target = moved(3, noise=0.0)
    found = link(source, target)
    on_target = found.parameters(source)
    assert on_target.a == pytest.approx(target.a, abs=1e-8)
    assert on_target.b == pytest.approx(target.b, abs=1e-8)
    assert found.theta([0.0, 1.0]) == pytest.approx([-0.3, 0.9], abs=1e-8)
    there = irt.models.probability(found.theta(0.7), on_target.a, on_target.b, 0.0)
    assert there == pytest.approx(irt.models.probability(0.7, source.a, source.b, 0.0))
    back = link(target, source)
    assert line(back) == pytest.approx([1 / 1.2, 0.3 / 1.2], abs=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_jackknife_errors_are_the_spread_over_items(method: str) -> None:
    lines: list[Link] = [
        link(*moved(seed, noise=0.1), method=method, drop_outliers=False, standard_errors=True)
        for seed in range(100)
    ]
    for of, error in (("A", "se_A"), ("B", "se_B")):
        spread = np.std([getattr(line, of) for line in lines])
        assert np.mean([getattr(line, error) for line in lines]) == pytest.approx(spread, rel=0.25)


def test_only_common_usable_items_are_anchors() -> None:
    source, target = moved(4, items=8)
    a = source.a.copy()
    a[2], a[3] = np.nan, -0.4
    source = irt.ItemParameters(range(8), a, source.b)
    target = irt.ItemParameters([*range(7), "new"], target.a, target.b)
    found = link(source, target)
    assert found.anchors["item"].to_list() == list(range(7))
    assert found.anchors["reason"].to_list()[2:4] == [
        "no parameters in one of the two",
        "its slope is not positive",
    ]
    assert link(source, target, anchors=[0, 1, 4, 5]).anchors.height == 4


def test_what_cannot_be_linked() -> None:
    source, target = moved(5)
    with pytest.raises(InvalidArgument, match="mean-sigma, mean-mean"):
        link(source, target, method="median")
    with pytest.raises(InvalidParameters, match="2 of 2 common items"):
        link(source, target, anchors=[0, 1])
    with pytest.raises(InvalidParameters, match="anchor 99 has no parameters in the source"):
        link(source, target, anchors=[0, 1, 2, 99])
    with pytest.raises(InvalidParameters, match="moved alike"):
        link(
            source,
            with_b(target, {0: 3.0, 1: -3.0}),
            anchors=[0, 1, 2, 3],
            cut=0.5,
        )
    same = irt.ItemParameters(range(4), 1.0, 0.0)
    with pytest.raises(InvalidParameters, match="no scale"):
        link(same, same, method="mean-sigma")
