from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.text import Text

import irt
from irt import plots
from irt.errors import InvalidArgument


def exam(items: int, seed: int) -> tuple[irt.ItemParameters, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = [f"Q{number:04d}-{'x' * (number % 9)}" for number in range(items)]
    return irt.ItemParameters(labels, [1.0] * items, rng.normal(size=items)), rng.normal(0.3, 1.0, 2000)


@pytest.mark.parametrize("items", [3, 60, 200])
def test_every_item_has_a_label_at_its_difficulty_and_none_overlaps(items: int) -> None:
    parameters, theta = exam(items, 1)
    figure = plots.wright(parameters, theta)
    figure.draw_without_rendering()
    axes = figure.axes[1]
    texts: list[Text] = axes.texts
    assert len(texts) == items
    low, high = axes.get_ylim()
    inside = [value for value in parameters.b if low + 0.2 < value < high - 0.2]
    shown = sorted(text.get_position()[1] for text in texts if "(" not in text.get_text())
    assert np.isin(np.round(inside, 9), np.round(shown, 9)).all()
    frame = axes.get_window_extent()
    boxes = [text.get_window_extent() for text in texts]
    assert all(box.x1 <= frame.x1 + 1.0 for box in boxes)
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            along = min(one.y1, other.y1) - max(one.y0, other.y0)
            assert across <= 0.5 or along <= 1.5


def test_persons_are_counted_and_both_sides_share_the_scale() -> None:
    parameters, theta = exam(20, 2)
    persons, items = plots.wright(parameters, np.append(theta, np.nan)).axes
    assert persons.get_ylim() == items.get_ylim()
    assert persons.get_title() == "2,000 persons"
    edges = [patch.get_y() for patch in persons.patches]
    assert all(b - a == pytest.approx(0.25) for a, b in pairwise(edges))
    low, high = edges[0], edges[-1] + 0.25
    counted = sum(patch.get_width() for patch in persons.patches)
    assert counted == ((theta >= low) & (theta <= high)).sum()


def test_what_lies_beyond_is_named_or_counted() -> None:
    items = irt.ItemParameters(["near", "far"], [1.0, 1.0], [0.0, 9.5])
    theta = np.append(np.random.default_rng(3).normal(size=1000), [50.0, 60.0])
    persons, right = plots.wright(items, theta).axes
    assert {text.get_text() for text in right.texts} == {"near", "far (9.5)"}
    assert "2 higher" in {text.get_text() for text in persons.texts}


def test_more_items_than_labels_fit_are_a_histogram() -> None:
    parameters, theta = exam(201, 4)
    items = plots.wright(parameters, theta).axes[1]
    assert sum(patch.get_width() for patch in items.patches) == 201
    assert not [text for text in items.texts if text.get_text().startswith("Q")]


def test_scores_are_taken_as_they_come() -> None:
    responses = irt.Responses.from_matrix([[1, 1], [1, 0], [0, 1]])
    items = irt.ItemParameters(range(2), [1.0, 1.2], [0.0, 0.5])
    figure = plots.wright(items, irt.score(responses, items, method="ML"))
    assert figure.axes[0].get_title() == "2 persons"  # all right has no ML estimate


def test_what_cannot_be_drawn_is_said() -> None:
    parameters, theta = exam(3, 5)
    with pytest.raises(InvalidArgument, match="no person has a theta"):
        plots.wright(parameters, [np.nan])
    with pytest.raises(InvalidArgument, match="bin_width must be above 0"):
        plots.wright(parameters, theta, bin_width=0.0)
    with pytest.raises(InvalidArgument, match="no item has parameters"):
        plots.wright(irt.ItemParameters(["x"], [np.nan], [np.nan]), theta)
