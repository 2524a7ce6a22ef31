"""Sections of the calibration page on data and method: which responses, which models, by which rules."""

from __future__ import annotations

from collections import Counter
from typing import Any

from database.queries.run_reports import ReportedRun
from orchestration.lifecycle.remembered import Lifecycle
from reports.page import moment


def data_note(run: ReportedRun) -> str:
    """Return which responses the run rests on."""
    said = f"{run.n_responses:,} usable first attempts of {run.n_persons:,} calibration persons"
    said += f" at {run.n_items:,} items"
    if run.first_response_at is not None and run.last_response_at is not None:
        said += f", from {moment(run.first_response_at)} to {moment(run.last_response_at)}"
    if run.as_of is not None:
        said += (
            f"; only what had been answered by the end of {run.as_of}, so the run is not published by itself"
        )
    return said + "."


def method(run: ReportedRun, lifecycle: Lifecycle) -> tuple[tuple[str, str], ...]:
    """Return how the run was made, in words."""
    settings = run.settings
    rows: list[tuple[str, str]] = [
        ("Estimation", "marginal maximum likelihood (with the priors below, marginal posterior modes) by EM"),
        ("Metric", "D = 1.7: P = c + (1 - c) / (1 + exp(-1.7 a (theta - b)))"),
        ("Standard errors", "exact observed information (Louis), anchors and priors taken as given"),
    ]
    if "quadrature" in settings:
        rows.append(("Quadrature", str(settings["quadrature"])))
    rows += [(f"Priors, {model}", str(said)) for model, said in settings.get("priors", {}).items()]
    if "groups" in settings:
        rows.append(("Groups of persons", str(settings["groups"].get("reason", ""))))
    if lifecycle.classical_only:
        rows.append(("No parameters", lifecycle.classical_only))
    if lifecycle.skipped:
        rows.append(("Not fitted anew", lifecycle.skipped))
    if run.serving_model is not None:
        rows.append(("Served fit", f"{run.serving_model}. {lifecycle.serving_reason}".strip()))
    if lifecycle.choices:
        rows.append(("Models of the items", _choices(lifecycle)))
    return tuple(rows)


def _choices(lifecycle: Lifecycle) -> str:
    counts = Counter(
        each.model
        + (f", c {each.guessing}" if isinstance(each.guessing, str) else ", c fixed" if each.guessing else "")
        for each in lifecycle.choices
    )
    return (
        ", ".join(f"{n:,} {model}" for model, n in counts.most_common())
        + "; the table of items has each reason"
    )


def rules(lifecycle: Lifecycle) -> tuple[tuple[str, str], ...]:
    """Return the rules of the exam as the run had them."""
    return tuple((name, _plain(value)) for name, value in lifecycle.policy.items())


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
