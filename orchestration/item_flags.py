"""What of a run's findings becomes a flag: something that a person should look at, with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from database.queries.calibrations import Run
from orchestration.lifecycle.policy import Policy

Row = Mapping[str, Any]
Rows = list[dict[str, Any]]

#: Kind of flag by kind of finding; what is easier in one mode is DIF as well.
_FLAG_OF = {
    "fit": "misfit",
    "dependence": "dependence",
    "dif": "dif",
    "mode": "dif",
    "drift": "drift",
    "position": "position",
}
ACTIONS = {
    "misfit": "Look at the item's curve in the report: a second way to the answer, an ambiguous option or two "
    "populations bend it. Reword it as a new version, or keep it and know that its information is overstated.",
    "miskeyed": "Check the key. If it is wrong, import the item with a higher version and the right key.",
    "drift": "See whether it got around or its topic changed. Its anchor is dropped already; retire or replace it if "
    "it became easier.",
    "dif": "Let a subject expert read it for what only one group knows; reword it as a new version, or retire it.",
    "dependence": "Read the two items together. Where one gives the other's answer away, reword it as a new "
    "version or retire it: nothing keeps both from one learner.",
    "position": "Its difficulty depends on where it stands in a session: compare times, and place it as it will "
    "be used.",
    "too_easy": "Hardly anybody gets it wrong: it tells learners apart no more. Retire it, or keep it for its content.",
    "too_hard": "Hardly anybody gets it right: check its key and its text, then its topic's teaching.",
    "over_exposed": "Write items like it, or lower its exposure: what many have met is soon known.",
    "too_few_responses": "It is not calibrated yet. Seed it into quizzes until it has enough first attempts.",
}
#: Adaptive sessions from which a rate of exposure means something.
FEWEST_SESSIONS = 100


def flags_of(
    run: Run,
    diagnostics: Sequence[Row],
    item_stats: Sequence[Row],
    options: Sequence[Row],
    policy: Policy,
    exposure: Sequence[Row] = (),
) -> Rows:
    """Return one row an item and kind: question_id, version, flag, detail, action; as `flags.raise_flags` takes them.

    Args:
        run: the run; one that gives no parameters raises no flag for what only parameters tell.
        diagnostics: its findings (`database.queries.diagnostics.findings`, or those of a `Diagnosis`).
        item_stats: of `item_statistics.item_stats`.
        options: of `item_statistics.miskeyed`.
        policy: the exam's.
        exposure: of `database.queries.diagnostics.exposure`; none: nothing is known of exposure.
    """
    found = [*_found(diagnostics), *(_flag(row, "miskeyed", dict(row["detail"])) for row in options)]
    found += _classical(item_stats, policy)
    if run.serving_model is not None:
        found += _few(item_stats, policy)
    found += _exposed(exposure, policy)
    return sorted(found, key=lambda row: (row["question_id"], row["version"], row["flag"]))


def _found(diagnostics: Sequence[Row]) -> Rows:
    """Flagged findings, those of one item and kind together."""
    by_flag: dict[tuple[int, int, str], list[Row]] = {}
    for row in diagnostics:
        if row["flagged"] and row["kind"] in _FLAG_OF:
            by_flag.setdefault((row["question_id"], row["version"], _FLAG_OF[row["kind"]]), []).append(row)
    return [
        _flag(
            rows[0],
            flag,
            {
                "sentence": " ".join(row["sentence"] for row in rows),
                "findings": [
                    {name: row[name] for name in ("contrast", "effect", "unit", "q_value", "grade")}
                    for row in rows
                ],
            },
        )
        for (_, _, flag), rows in by_flag.items()
    ]


def _classical(item_stats: Sequence[Row], policy: Policy) -> Rows:
    flags: Rows = []
    for row in item_stats:
        p, n = row["p_value"], row["n_responses"] or 0
        if p is None or n < policy.fewest_responses:
            continue
        detail = {"p_value": p, "n_responses": n}
        if p > policy.too_easy:
            said = f"{p:.0%} of {n:,} got it right; above {policy.too_easy:.0%} it is too easy."
            flags.append(_flag(row, "too_easy", detail | {"sentence": said}))
        if p < policy.too_hard:
            said = f"{p:.0%} of {n:,} got it right; below {policy.too_hard:.0%} it is too hard."
            flags.append(_flag(row, "too_hard", detail | {"sentence": said}))
    return flags


def _few(item_stats: Sequence[Row], policy: Policy) -> Rows:
    return [
        _flag(
            row,
            "too_few_responses",
            {
                "n_responses": n,
                "fewest": policy.fewest_responses,
                "sentence": f"It has {n:,} usable responses; {policy.fewest_responses:,} are needed.",
            },
        )
        for row in item_stats
        if (n := row["n_responses"] or 0) < policy.fewest_responses
    ]


def _exposed(exposure: Sequence[Row], policy: Policy) -> Rows:
    return [
        _flag(
            row,
            "over_exposed",
            {
                "n_met": row["n_met"],
                "n_sessions": row["n_sessions"],
                "sentence": f"{row['n_met']:,} of {row['n_sessions']:,} adaptive sessions met it "
                f"({row['n_met'] / row['n_sessions']:.0%}); at most {policy.most_exposed:.0%} should.",
            },
        )
        for row in exposure
        if row["n_sessions"] >= FEWEST_SESSIONS and row["n_met"] > policy.most_exposed * row["n_sessions"]
    ]


def _flag(row: Row, flag: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {
        "question_id": row["question_id"],
        "version": row["version"],
        "flag": flag,
        "detail": detail,
        "action": ACTIONS[flag],
    }
