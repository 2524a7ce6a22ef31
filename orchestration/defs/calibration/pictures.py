"""Pictures that assets show in Dagster: curves with empirical points, test information, persons beside items."""

import base64
from collections.abc import Mapping, Sequence

from dagster import MarkdownMetadataValue, MetadataValue

import irt
from orchestration.diagnostics.diagnosis import Diagnosis

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


def of_diagnosis(found: Diagnosis) -> dict[str, MarkdownMetadataValue]:
    """Return the Wright map of what is to be served."""
    if found.own is None or found.scores is None:
        return {}
    wright = irt.plots.wright(found.own.calibration, found.scores)
    return {"Wright map": as_markdown(irt.plots.png(wright), "persons beside items on one scale")}


def as_markdown(png: bytes, alt: str) -> MarkdownMetadataValue:
    """Return a picture as Dagster shows one: inline, nothing to fetch."""
    return MetadataValue.md(f"![{alt}](data:image/png;base64,{base64.b64encode(png).decode()})")
