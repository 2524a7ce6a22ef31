"""Sections of the calibration page on what was found: items to look at, fit and assumptions, DIF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reports.assumptions import Assumptions, Comparison, Different, ModelTest, Pair
from reports.flagged import Flag, Flagged, Option
from reports.page import moment

Row = Mapping[str, Any]
THIRDS = ("proportion_low", "proportion_middle", "proportion_high")


def flagged(flags: Sequence[Row], items: Sequence[Row], options: Sequence[Row]) -> tuple[Flagged, ...]:
    """Return each item that has a flag, those that wait for a person first; all rows with the item's name.

    flags: that stand. items: with n_responses, p_value, r_point_biserial. options: of item_option_stats.
    """
    by_item: dict[str, list[Row]] = {}
    for row in flags:
        by_item.setdefault(row["item"], []).append(row)
    classical = {row["item"]: row for row in items}
    chosen: dict[str, list[Option]] = {}
    for row in options:
        if row["item"] in by_item:
            chosen.setdefault(row["item"], []).append(_option(row))
    found = [
        Flagged(
            item=item,
            flags=tuple(_flag(row) for row in own),
            n=classical.get(item, {}).get("n_responses") or 0,
            p_value=classical.get(item, {}).get("p_value"),
            point_biserial=classical.get(item, {}).get("r_point_biserial"),
            options=tuple(chosen.get(item, ())),
        )
        for item, own in by_item.items()
    ]
    return tuple(sorted(found, key=lambda each: (not each.open, _urgency(each))))


def _urgency(each: Flagged) -> int:
    """A wrong key harms learners today, a lack of answers nobody."""
    order = (
        "miskeyed",
        "drift",
        "dif",
        "misfit",
        "dependence",
        "position",
        "over_exposed",
        "too_hard",
        "too_easy",
    )
    return min(
        (order.index(flag.kind) if flag.kind in order else len(order) for flag in each.flags), default=0
    )


def _flag(row: Row) -> Flag:
    decided = ""
    if row["state"] != "open":
        decided = (
            f"{row['state']} by {row['decided_by']}, {moment(row['decided_at'])}: {row['decision_reason']}"
        )
    return Flag(row["flag"], _sentence(row), row["action"] or "Look at it.", row["state"], decided)


def _sentence(row: Row) -> str:
    detail = row["detail"]
    if "sentence" in detail:
        return str(detail["sentence"])
    if row["flag"] == "miskeyed":
        return (
            f"Option {detail['suspect']} goes with the score on the other items more than the key {detail['key']} "
            f"does: r {detail['r_suspect']:.2f} against {detail['r_key']:.2f}, difference {detail['low']:.2f} to "
            f"{detail['high']:.2f}."
        )
    return ", ".join(f"{name} {value}" for name, value in detail.items())


def _option(row: Row) -> Option:
    low, middle, high = (row[name] for name in THIRDS)
    return Option(
        label=row["option_label"],
        is_key=row["is_key"],
        n=row["n"],
        proportion=row["proportion"],
        correlation=row["rest_correlation"],
        thirds=(low, middle, high),
    )


def assumptions(figures: Row, findings: Sequence[Row]) -> Assumptions | None:
    """Return the section of `calibration_runs.diagnostics` and item_diagnostics; None of a run without them."""
    if not figures:
        return None
    sample = figures["sample"]
    dependence, reliability = figures.get("dependence", {}), figures.get("reliability", {})
    persons = figures.get("person_fit", {})
    tests = figures["fit"]
    return Assumptions(
        fits=tuple(
            ModelTest(model, *(said[name] for name in ("n_items", "n_misfit", "median_rmsd", "largest_rmsd")))
            for model, said in tests.items()
        ),
        fit_effect=next((said["effect"] for said in tests.values()), None),
        n_pairs=dependence.get("n_pairs", 0),
        n_dependent=dependence.get("n_flagged", 0),
        mean_q3=dependence.get("mean"),
        pairs=tuple(
            Pair(**{name: row[name] for name in ("item_1", "item_2", "q3", "n", "cutoff")})
            for row in dependence.get("pairs", ())
        ),
        pairs_note=dependence.get("reason", ""),
        **{name: reliability.get(name) for name in ("alpha", "omega", "empirical", "mean_se")},
        n_block=reliability.get("n_block", 0),
        n_persons_tested=persons.get("n_tested", 0),
        n_persons_misfit=persons.get("below_1_percent", 0),
        comparisons=tuple(_comparison(said) for said in figures.get("dif", ())),
        different=tuple(
            Different(row["item"], row["contrast"], row["effect"], row["q_value"], row["grade"])
            for row in findings
            if row["kind"] in ("dif", "mode") and row["flagged"]
        ),
        position=figures.get("position", {}).get("sentence", ""),
        looked_at=""
        if sample["n_answers"] == sample["of_answers"]
        else f"Of {sample['n_persons']:,} persons drawn at random, with {sample['n_answers']:,} of "
        f"{sample['of_answers']:,} answers.",
    )


def _comparison(said: Row) -> Comparison:
    return Comparison(
        contrast=said["contrast"],
        n_reference=said.get("n_reference", 0),
        n_focal=said.get("n_focal", 0),
        n_items=said["n_items"],
        n_flagged=said["n_flagged"],
        flagged=said.get("flagged", ""),
        reason=said["reason"],
    )
