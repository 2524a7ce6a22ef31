"""Pictures that the candidate shows in Dagster: curves with empirical points, and test information."""

import base64
from collections.abc import Mapping

from dagster import MarkdownMetadataValue, MetadataValue

import irt


def item_curves(
    fits: Mapping[str, irt.Calibration], responses: irt.Responses
) -> dict[str, MarkdownMetadataValue]:
    """Return the curves and the test information of each model, to be shown with the candidate."""
    drawn: dict[str, MarkdownMetadataValue] = {}
    for model, fit in fits.items():
        if "ok" in fit.status or "c at bound" in fit.status:
            curves, information = irt.plots.icc(fit, responses), irt.plots.information(fit)
            drawn[f"item curves {model}"] = as_markdown(irt.plots.png(curves), f"item curves, {model}")
            drawn[f"test information {model}"] = as_markdown(
                irt.plots.png(information), f"test information, {model}"
            )
    return drawn


def as_markdown(png: bytes, alt: str) -> MarkdownMetadataValue:
    """Return a picture as Dagster shows one: inline, nothing to fetch."""
    return MetadataValue.md(f"![{alt}](data:image/png;base64,{base64.b64encode(png).decode()})")
