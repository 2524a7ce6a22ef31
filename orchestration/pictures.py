"""Pictures that assets show in Dagster: curves with empirical points, test information, persons beside items."""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from dagster import MarkdownMetadataValue, MetadataValue

import irt
from irt.simulation import Delivered
from orchestration.diagnostics.diagnosis import Diagnosis
from orchestration.diagnostics.moved import scatter_table
from orchestration.diagnostics.over_runs import over_runs

# The panels of a large exam would take longer to draw than its fit; the report has more of them.
MOST_PANELS = 40


def item_curves(
    fits: Mapping[str, irt.Calibration],
    responses: irt.Responses,
    model: str,
    groups: Sequence[str] | None,
) -> dict[str, MarkdownMetadataValue]:
    """Return the test information of each model that fitted an item, and the item curves of one model.

    `groups` are those of the fit.
    """
    drawn: dict[str, MarkdownMetadataValue] = {}
    for name, fit in fits.items():
        fitted = [item for item, status in zip(fit.items, fit.status, strict=True) if status != "set aside"]
        if not fitted:
            continue
        information = irt.plots.information(fit)
        drawn[f"test information {name}"] = as_markdown(
            irt.plots.png(information), f"test information, {name}"
        )
        if name == model:
            curves = irt.plots.icc(fit, responses, items=fitted[:MOST_PANELS], groups=groups)
            drawn[f"item curves {name}"] = as_markdown(irt.plots.png(curves), f"item curves, {name}")
    return drawn


def of_diagnosis(
    found: Diagnosis,
    anchors: Sequence[Mapping[str, Any]],
    effect: float,
    history: Sequence[Mapping[str, Any]],
) -> dict[str, MarkdownMetadataValue]:
    """Return the Wright map of what is to be served, anchors frozen against now, and key numbers over runs.

    `anchors` are those that the run remembers, `history` of `published_figures`.
    """
    drawn: dict[str, MarkdownMetadataValue] = {}
    if found.own is not None and found.scores is not None:
        wright = irt.plots.wright(found.own.calibration, found.scores)
        drawn["Wright map"] = as_markdown(irt.plots.png(wright), "persons beside items on one scale")
    table = scatter_table(anchors)
    if table is not None:
        scatter = irt.plots.drift_scatter(table, effect)
        drawn["drift of anchors"] = as_markdown(irt.plots.png(scatter), "b frozen against b now")
    series = over_runs(history)
    if series:
        drawn["published runs"] = as_markdown(irt.plots.png(irt.plots.trend(series)), "key numbers over runs")
    return drawn


def of_sessions(played: Mapping[str, Delivered], r_max: float | None) -> dict[str, MarkdownMetadataValue]:
    """Return bias, error and length by theta, and the rates of items, of simulated sessions; `r_max` as a line."""
    if not played:
        return {}
    drawn = irt.plots.png(irt.plots.sessions(played, r_max=r_max))
    return {"sessions": as_markdown(drawn, "simulated sessions by theta and by item")}


def as_markdown(png: bytes, alt: str) -> MarkdownMetadataValue:
    """Return a picture as Dagster shows one: inline, nothing to fetch."""
    return MetadataValue.md(f"![{alt}](data:image/png;base64,{base64.b64encode(png).decode()})")
