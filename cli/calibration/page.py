"""The page of a fit from a file: what was fitted, what to look at first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

import irt
from cli.calibration.options import Request
from cli.calibration.pictures import Picture
from cli.calibration.tables import PARAMETERS
from cli.calibration.work import Outcome, Prepared
from reports import calibration

EXTREMES = 5


def report(
    request: Request,
    prepared: Prepared,
    outcome: Outcome,
    items: pl.DataFrame,
    fit: Mapping[str, Any],
    pictures: tuple[Picture, ...],
    fitted_at: dt.datetime,
) -> calibration.CalibrationReport:
    """Return the page's values; `items` and `fit` are what items.csv and fit.json hold."""
    fitted = outcome.calibration
    informative, suspects = _informative(fitted), _suspects(prepared)
    return calibration.CalibrationReport(
        exam=request.file.name,
        run_id=None,
        fitted_at=fitted_at,
        snapshot_hash=str(fit["hash"]),
        n_persons=prepared.responses.n_persons,
        n_items=prepared.responses.n_items,
        n_responses=prepared.responses.n_responses,
        served_model=None,
        synthetic_clock=False,
        items=_rows(request.model, items, tuple(outcome.item_fit.columns), {each.item for each in suspects}),
        models=(_model(request.model, fit),) if fitted.n_parameters else (),
        miskeyed=suspects,
        keys_known=prepared.answers.option is not None,
        most_informative=informative[:EXTREMES],
        least_informative=informative[::-1][:EXTREMES],
        information_measure="averaged over theta ~ N(0, 1)",
        plots=tuple(picture.plot for picture in pictures),
        facts=_facts(fit),
        groups=tuple(
            calibration.Group(str(each["group"]), each["n_persons"], each["mean"], each["sd"])
            for each in fit["latent"]
            if each["group"] is not None
        ),
        notes=tuple(_sentence(warning) for warning in fit["warnings"]),
    )


def _rows(
    model: str, items: pl.DataFrame, measures: tuple[str, ...], suspects: set[str]
) -> tuple[calibration.ItemRow, ...]:
    return tuple(
        calibration.ItemRow(
            item=str(row["item"]),
            n=row["n"],
            p_value=row["p_value"],
            point_biserial=row["point_biserial"],
            fits={
                model: calibration.ItemFit(
                    **{name: row[name] for name in PARAMETERS},
                    status=row["status"],
                    reason=row["reason"] or "",
                )
            },
            flags=("miskeyed",) if str(row["item"]) in suspects else (),
            measures={name: row[name] for name in measures},
        )
        for row in items.iter_rows(named=True)
    )


def _model(name: str, fit: Mapping[str, Any]) -> calibration.ModelFit:
    figures = {key: fit[key] for key in ("log_likelihood", "n_parameters", "aic", "bic", "converged")}
    return calibration.ModelFit(model=name, reason_stopped=fit["reason"], **figures)


def _facts(fit: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    low, high = fit["range"]
    priors = [f"{letter} {text}" for letter, text in fit["priors"].items() if text is not None]
    return (
        ("Engine", str(fit["engine"])),
        ("Nodes", f"{fit['nodes']} on [{low:g}, {high:g}]"),
        ("Priors (logistic metric)", ", ".join(priors) or "none: maximum likelihood"),
        ("Passes", f"{fit['passes']:,}"),
        ("Seconds of the fit", f"{fit['seconds']['fit']:.2f}"),
    )


def _suspects(prepared: Prepared) -> tuple[calibration.Suspect, ...]:
    """Return items that look mis-keyed; none where it is not known which options were chosen."""
    answers = prepared.answers
    if answers.option is None or answers.key is None:
        return ()
    place = {option: at for at, option in enumerate(answers.options)}
    key = {at: place[answers.key[item]] for at, item in enumerate(answers.items)}
    found = irt.classical.find_miskeyed(answers.person, answers.item, answers.option, key)
    return tuple(
        calibration.Suspect(
            item=answers.items[row["item"]],
            key=answers.options[row["key"]],
            suspect=answers.options[row["suspect"]],
            **{name: row[name] for name in ("r_key", "r_suspect", "difference", "low", "high", "n")},
        )
        for row in found.iter_rows(named=True)
    )


def _informative(fitted: irt.Calibration) -> tuple[calibration.Informative, ...]:
    usable = np.flatnonzero(np.isfinite(fitted.a + fitted.b + fitted.c))
    averaged = irt.information.average_information(fitted.a[usable], fitted.b[usable], fitted.c[usable])
    order = np.argsort(-averaged, kind="stable")
    return tuple(calibration.Informative(str(fitted.items[usable[i]]), float(averaged[i])) for i in order)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
