"""Sections of the calibration page on what holds the scale, what changed, who decided, and by what code and data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from database.queries.run_reports import ReportedRun
from orchestration.lifecycle.remembered import Anchor, Lifecycle
from reports.changes import AnchorRow, Changes, Decision, Limit, Moved, Scale

Row = Mapping[str, Any]
MOST_MOVED = 15
_LINK = {
    "method": "Link",
    "A": "A (unit)",
    "B": "B (origin)",
    "n_used": "Anchors used",
    "n_dropped": "Outliers left out",
    "days": "Days of answers",
    "n_responses": "Answers",
    "not_compared": "Not compared",
}


def scale(run: ReportedRun, lifecycle: Lifecycle) -> Scale | None:
    """Return what holds the run's scale; None of a run that has none."""
    if run.scale_version is None:
        return None
    return Scale(
        version=run.scale_version,
        sentence=_held(lifecycle),
        link=tuple(
            (name, _plain(lifecycle.link[key])) for key, name in _LINK.items() if key in lifecycle.link
        ),
        verdicts=dict(Counter(each.verdict for each in lifecycle.anchors)),
        anchors=tuple(_anchor(each) for each in sorted(lifecycle.anchors, key=_farthest)),
        warning=lifecycle.too_few_anchors or "",
    )


def _held(lifecycle: Lifecycle) -> str:
    if lifecycle.defines_scale:
        return "This run defines it: theta has mean 0 and SD 1 in the population of these responses."
    return (
        "Anchors hold it: their parameters are those they became anchors with, and the distribution of "
        "ability is free."
    )


def _farthest(each: Anchor) -> tuple[bool, float]:
    return each.verdict != "dropped", -(each.distance or 0.0)


def _anchor(each: Anchor) -> AnchorRow:
    names = (
        "item",
        "verdict",
        "a_frozen",
        "a_now",
        "b_frozen",
        "b_now",
        "n_now",
        "distance",
        "q_value",
        "reason",
    )
    return AnchorRow(**{name: getattr(each, name) for name in names})


def changes(
    run: ReportedRun,
    before: ReportedRun | None,
    rows: Sequence[Row],
    former: Sequence[Row],
    findings: Sequence[Row],
    lifecycle: Lifecycle,
) -> Changes:
    """Return this run beside the one before: `rows` it serves, `former` ones that served then, with the item's name."""
    now, then = ({row["item"]: row for row in each} for each in (rows, former))
    moved = sorted(
        (
            row
            for row in findings
            if row["kind"] == "drift" and row["contrast"] == "live" and row["item"] in then
        ),
        key=lambda row: -row["effect"],
    )
    changed = run.diagnostics.get("changed", {})
    return Changes(
        before=None if before is None else str(before.id),
        before_at=None if before is None else before.published_at,
        counts=_counts(run, before, len(now), len(then)),
        n_compared=changed.get("n_items", 0),
        median=changed.get("median"),
        n_changed=changed.get("n_changed", 0),
        effect=changed.get("effect", 0.05),
        moved=tuple(
            Moved(
                row["item"],
                then[row["item"]]["a"],
                now[row["item"]]["a"],
                then[row["item"]]["b"],
                now[row["item"]]["b"],
                row["effect"],
            )
            for row in moved[:MOST_MOVED]
            if row["item"] in now
        ),
        added=tuple(item for item in now if item not in then) if before else (),
        gone=tuple(item for item in then if item not in now),
        other_model=tuple(
            item for item, row in now.items() if item in then and _model(row) != _model(then[item])
        ),
        limits=tuple(
            Limit(**{name: said[name] for name in ("name", "old", "new", "limit", "passed")})
            for said in run.gate.get("limits", ())
        ),
        gate=_gate(run.gate),
        edits=tuple((each.item, each.sentence) for each in lifecycle.edits),
    )


def _counts(
    run: ReportedRun, before: ReportedRun | None, n_now: int, n_then: int
) -> tuple[tuple[str, int | None, int], ...]:
    def old(name: str) -> int | None:
        return None if before is None else getattr(before, name)

    return (
        ("Persons", old("n_persons"), run.n_persons),
        ("Responses", old("n_responses"), run.n_responses),
        ("Items in the fit", old("n_items"), run.n_items),
        ("Items served", None if before is None else n_then, n_now),
    )


def _model(row: Row) -> str:
    return str(row["item_model"] or row["model"])


def _gate(gate: Row) -> str:
    if not gate:
        return ""
    settings = gate["settings"]
    how = (
        f"{settings['learners']:,} simulated learners, up to {settings['length']} items each: "
        if settings
        else ""
    )
    return f"{how}{gate['reason']}"


def decisions(rows: Sequence[Row]) -> tuple[Decision, ...]:
    """Return what was decided of the run."""
    return tuple(
        Decision(row["decision"], row["decided_by"], row["decided_at"], row["reason"]) for row in rows
    )


def versions(run: ReportedRun) -> tuple[tuple[str, str], ...]:
    """Return by what code and data the run can be made again."""
    return (
        ("Run", str(run.id)),
        ("SHA-256 of the responses fitted", run.snapshot_hash),
        ("Version of qbank", run.code_version),
    )


def _plain(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
