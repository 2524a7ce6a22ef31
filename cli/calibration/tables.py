"""What `qbank calibrate` says in tables and in fit.json, as frames and plain values."""

from __future__ import annotations

import math
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import polars as pl

import irt
from cli.calibration.options import Request, spelled
from cli.calibration.work import Outcome, Prepared, fingerprint
from irt.estimation.workers import thread_count
from irt.results import SET_ASIDE

PARAMETERS = ("a", "b", "c", "se_a", "se_b", "se_c")
LOGISTIC = ("slope", "intercept", "se_slope", "se_intercept")
STAGES = ("read", "prepare", "compile", "fit", "se", "score", "write")
_PACKAGES = ("qbank", "numpy", "scipy", "numba", "polars", "girth")


def items_frame(outcome: Outcome) -> pl.DataFrame:
    """Return one row an item, in the file's order, those set aside included; null where there is no value."""
    fitted = outcome.calibration
    table = fitted.table()
    logistic = pl.DataFrame({name: getattr(fitted, name) for name in LOGISTIC})
    return pl.concat(
        [
            table.select("item", "model", *PARAMETERS),
            logistic.fill_nan(None),
            outcome.classical.select("n", "p_value", "point_biserial"),
            outcome.item_fit,
            table.select("status", pl.col("reason").replace("", None)),
        ],
        how="horizontal",
    )


def fit_values(
    request: Request, prepared: Prepared, outcome: Outcome, warnings: tuple[str, ...]
) -> dict[str, Any]:
    """Return fit.json without its times; None where there is no number."""
    fitted, responses = outcome.calibration, prepared.responses
    priors = request.priors or irt.Priors.default(request.model)
    return {
        "file": str(request.file),
        "model": request.model,
        "log_likelihood": _number(fitted.log_likelihood),
        "log_posterior": _number(fitted.log_posterior),
        "n_parameters": fitted.n_parameters,
        "aic": _number(fitted.aic),
        "bic": _number(fitted.bic),
        "passes": fitted.passes,
        "converged": fitted.converged,
        "reason": fitted.reason_stopped,
        "max_gradient": _number(fitted.max_gradient),
        "n_persons": responses.n_persons,
        "n_items": responses.n_items,
        "n_responses": responses.n_responses,
        "n_repeats": prepared.answers.n_repeats,
        "n_set_aside": fitted.status.count(SET_ASIDE),
        "nodes": request.quadrature.nodes,
        "range": [request.quadrature.low, request.quadrature.high],
        "engine": request.engine,
        "priors": spelled(priors),
        "latent": _latent(fitted),
        "threads": request.workers or thread_count(None),
        "versions": _versions(),
        "hash": fingerprint(responses),
        "warnings": list(warnings),
    }


def _latent(fitted: irt.Calibration) -> list[dict[str, Any]]:
    """Return mean and SD of ability by group, with standard errors where they were estimated."""
    found = fitted.latent
    columns = {name: getattr(found, name) for name in ("mean", "sd", "se_mean", "se_sd")}
    return [
        {"group": group, "n_persons": int(found.n[g])}
        | {name: _number(float(column[g])) for name, column in columns.items()}
        for g, group in enumerate(found.groups)
    ]


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
