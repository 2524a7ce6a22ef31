"""What a run of the pipeline came to: as plain values for summary.json, and as text a person can act on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from rich.markup import escape
from rich.table import Table

import irt
from cli import session
from cli.console import out
from database.engine import engine_as
from database.queries import calibrations, counts, learners, reviews
from database.tenancy import Role
from orchestration.lifecycle.remembered import remembered
from orchestration.run import RunOutcome

ITEM = ("item", "model", "item_model", "serving", "a", "b", "c", "se_a", "se_b", "se_c")
EXTREMES = 3


def build(exam: str, url: str, outcome: RunOutcome, imported: dict[str, Any] | None) -> dict[str, Any]:
    """Gather the summary of an exam from the database and from what the run said of itself."""
    engine = engine_as(url, Role.PIPELINE)
    with engine.begin() as connection:
        tenant = calibrations.exam_tenant(connection, exam)
        found = counts.responses(connection, exam)
        cohorts = learners.cohort_counts(connection, tenant) if tenant else None
        run = calibrations.live_run(connection, exam)
        newest = calibrations.newest_run(connection, exam)
        standing = {} if newest is None else _standing(reviews.run(connection, newest.id))
        live = calibrations.live_items(connection, exam)
        flags = calibrations.open_flags(connection, exam)
        set_aside = [] if newest is None else calibrations.set_aside(connection, newest.id)
        names, keys = calibrations.live_names(connection, exam), calibrations.keys(connection, exam)
    engine.dispose()
    fits = {} if run is None else run.fits
    warned = [check for check in outcome.checks if not check.passed and check.severity == "WARN"]
    failed = [check for check in outcome.checks if not check.passed and check.severity != "WARN"]
    return {
        "exam": exam,
        "success": outcome.success,
        "responses": _responses(found, imported),
        "cohorts": asdict(cohorts) if cohorts else {},
        "run": standing,
        "marts": outcome.marts,
        "checks": {
            "passed": sum(check.passed for check in outcome.checks),
            "failed": len(failed),
            "warned": len(warned),
            "not_passed": [
                {"check": check.name, "severity": check.severity, "observed": check.observed}
                for check in sorted((*failed, *warned), key=lambda check: (check.severity, check.name))
            ],
        },
        "items": [{name: row[name] for name in ITEM} | {"n": row["n_respondents"]} for row in live],
        "calibration": _calibration(newest),
        "set_aside": [dict(row) for row in set_aside],
        "log_likelihood": {model: fit["log_likelihood"] for model, fit in fits.items()},
        "information": _information(live),
        "miskeyed": [
            {"item": flag["item"], **flag["detail"]}
            for flag in flags
            if flag["flag"] == "miskeyed" and flag["state"] != "dismissed"
        ],
        "session": _played(session.Bank(exam, tenant, live, names, keys), url) if tenant else [],
    }


def _standing(run: calibrations.Row) -> dict[str, Any]:
    """What became of the run that was fitted last, and on whose word."""
    return {
        "id": run["id"],
        "status": run["status"],
        "decided_by": run["decided_by"],
        "reason": run["reason"],
    }


def _calibration(newest: calibrations.Run | None) -> dict[str, Any]:
    """What the newest run says of its own making: which fit serves and why, the scale, why nothing was fitted."""
    if newest is None:
        return {}
    told = remembered(newest.lifecycle)
    return {
        "run": str(newest.id),
        "serving_model": newest.serving_model,
        "serving_reason": told.serving_reason,
        "scale": told.scale_reason,
        "too_few_anchors": told.too_few_anchors,
        "classical_only": told.classical_only,
        "skipped": told.skipped,
    }


def _played(bank: session.Bank, url: str) -> list[dict[str, Any]]:
    """Play the session where an item serves that has options to choose from."""
    playable = any(row["serving"] and row["item"] in bank.keys for row in bank.live)
    return session.play(bank, url) if playable else []


def _responses(found: counts.ResponseCounts, imported: dict[str, Any] | None) -> dict[str, Any]:
    """Read and rejected are the last import's; where there was none, what is stored was read."""
    return {
        "read": found.responses if imported is None else imported["read"],
        "rejected": 0 if imported is None else imported["rejected"],
        "rejects_file": None if imported is None else imported["rejects_file"],
        "stored": found.responses,
        "omitted": found.omitted,
        "learners": found.learners,
        "synthetic_clock": found.synthetic_clock,
    }


def _information(live: list[calibrations.Row]) -> list[dict[str, Any]]:
    """Information of each serving item averaged over theta ~ N(0, 1), most informative first."""
    serving = [row for row in live if row["serving"]]
    averaged = irt.information.average_information(
        *(np.array([row[name] for row in serving], dtype=np.float64) for name in ("a", "b", "c"))
    )
    rows = [
        {"item": row["item"], "mean_information": float(value)}
        for row, value in zip(serving, averaged, strict=True)
    ]
    return sorted(rows, key=lambda row: -float(str(row["mean_information"])))


def show(made: dict[str, Any]) -> None:
    """Print the summary."""
    out.rule(f"exam {made['exam']}")
    _show_counts(made)
    _show_standing(made["run"])
    _show_calibration(made["calibration"])
    if made["items"]:
        out.print(_parameters(made["items"]))
        _show_fits(made)
    for row in made["set_aside"]:
        out.print(
            f"[yellow]set aside[/] {escape(row['item'])} ({row['model']}): {escape(row['reason'] or '')}"
        )
    _show_miskeyed(made["miskeyed"])
    if made["session"]:
        out.print(_session(made["session"]))


def _show_counts(made: dict[str, Any]) -> None:
    said = made["responses"]
    kept = f", kept in {said['rejects_file']}" if said["rejects_file"] else ""
    out.print(
        f"responses  {said['read']:,} read, {said['rejected']:,} rejected{kept}; "
        f"{said['omitted']:,} served without an answer; {said['learners']:,} learners",
        soft_wrap=True,
    )
    if said["synthetic_clock"]:
        out.print(
            "           [yellow]times are synthetic[/]: the files have no clock, so the import made one up"
        )
    _show_cohorts(made["cohorts"])
    tables = [f"{name} {rows:,}" for name, rows in made["marts"].items() if rows is not None]
    out.print(f"marts      {len(made['marts'])} built: {', '.join(tables) or 'none'}", soft_wrap=True)
    checks = made["checks"]
    out.print(f"checks     {checks['passed']} passed, {checks['failed']} failed, {checks['warned']} warned")
    for check in checks["not_passed"]:
        colour = "yellow" if check["severity"] == "WARN" else "red"
        out.print(
            f"           [{colour}]{escape(check['check'])}[/] {escape(check['observed'])}", soft_wrap=True
        )


def _show_standing(said: dict[str, Any]) -> None:
    """Say of a run that did not go live why, and what a person can do."""
    if not said or said["status"] == "published":
        return
    short = str(said["id"])[:8]
    why = f": {said['reason']}" if said["reason"] else ""
    out.print(
        f"calibration [yellow]run {short} is {said['status']}[/]{escape(why)}; what was live stays live. "
        f"`qbank calibrations show {short}` says what to do",
        soft_wrap=True,
    )


def _show_cohorts(said: dict[str, int]) -> None:
    if not said or not said["cohorts"]:
        return
    invented = (
        f"; [yellow]{said['invented_cohorts']:,} of the cohorts are invented[/]"
        if said["invented_cohorts"]
        else ""
    )
    out.print(
        f"cohorts    {said['cohorts']:,} in {said['institutions']:,} institutions, "
        f"{said['learners']:,} learners{invented}",
        soft_wrap=True,
    )


def _show_calibration(said: dict[str, Any]) -> None:
    for name in ("skipped", "classical_only", "scale", "too_few_anchors"):
        if said.get(name):
            label = "scale     " if name == "scale" else "calibration"
            out.print(f"{label} {escape(said[name])}", soft_wrap=True)
    if said.get("serving_model"):
        out.print(f"serving    {said['serving_model']}: {escape(said['serving_reason'])}", soft_wrap=True)


def _parameters(items: list[dict[str, Any]]) -> Table:
    """Show what serves each item; an item that only has rows that may not be served is shown by its name."""
    table = Table(title="Item parameters that serve, D = 1.7 metric (standard errors in brackets)")
    for name in ("item", "n", "model", "a", "b", "c"):
        table.add_column(name, justify="left" if name in ("item", "model") else "right", no_wrap=True)
    served = {row["item"]: row for row in items if row["serving"]}
    for item in dict.fromkeys(row["item"] for row in items):
        row = served.get(item)
        n = "" if row is None or row["n"] is None else f"{row['n']:,}"
        model = "" if row is None else row["item_model"] or row["model"]
        table.add_row(escape(item), n, model, *(_figure(row, name) for name in ("a", "b", "c")))
    return table


def _figure(row: dict[str, Any] | None, name: str) -> str:
    if row is None or row[name] is None:
        return ""
    se = row[f"se_{name}"]
    return f"{row[name]:.3f} ({'-' if se is None else f'{se:.3f}'})"


def _show_fits(made: dict[str, Any]) -> None:
    likelihoods = ", ".join(f"{m} {v:,.3f}" for m, v in made["log_likelihood"].items() if v is not None)
    out.print(f"log-likelihood  {likelihoods}")
    ranked = made["information"]
    said = [f"{row['item']} {row['mean_information']:.3f}" for row in ranked]
    out.print(f"most informative   {', '.join(said[:EXTREMES])}  (information averaged over theta ~ N(0, 1))")
    out.print(f"least informative  {', '.join(said[::-1][:EXTREMES])}")


def _show_miskeyed(suspects: list[dict[str, Any]]) -> None:
    for row in suspects:
        out.print(
            f"[bold yellow]looks mis-keyed[/] {escape(row['item'])}: option {row['suspect']} correlates "
            f"{row['r_suspect']:.3f} with the rest score, the key {row['key']} {row['r_key']:.3f}; difference "
            f"{row['difference']:.3f}, 95 % interval {row['low']:.3f} to {row['high']:.3f}, n {row['n']:,}. "
            "Look at its key.",
            soft_wrap=True,
        )
    if not suspects:
        out.print("no item looks mis-keyed")


def _session(turns: list[dict[str, Any]]) -> Table:
    table = Table(
        title=f"A short adaptive session against the API (simulated learner of theta {session.TRUE_THETA}; rolled back)"
    )
    for name in ("", "item", "information", "answer", "theta", "SE"):
        table.add_column(name, justify="left" if name in {"item", "answer"} else "right")
    for number, turn in enumerate(turns, start=1):
        answer = "right" if turn["correct"] else "wrong"
        cells = (f"{turn['information']:.3f}", answer, f"{turn['theta']:+.3f}", f"{turn['se']:.3f}")
        table.add_row(str(number), escape(turn["item"]), *cells)
    return table
