"""What is told of sessions: figures for scripts, lines for a person, a page with pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cli.simulation.bank import Bank
from cli.simulation.configuration import Configuration
from cli.simulation.feasible import Finding
from cli.simulation.play import Population
from irt import plots
from irt.simulation import Delivered
from reports import Plot, sessions

#: Shares of the items by which the distribution of exposure is told.
QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)
EDGES = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
MEANINGS = {
    "bias": "mean of estimate less theta",
    "rmse": "root mean square of the same",
    "se": "mean standard error at the end",
    "length": "items of a session, mean",
    "shortest, longest": "items of a session",
    "ended": "why sessions did",
    "right side": "share placed on the side of the cut where theta is",
    "exposure": "share of the sessions that meet the item met most",
    "above r_max": "share of the items whose rate is above it; half of those held at it are, by chance",
    "items used": "share of the bank that any session meets",
    "overlap": "mean share of a session that two have in common",
    "blueprint missed": "sessions that do not meet it; one that ends before its length does not",
    "eligible ran out": "sessions in which all items had to be opened",
    "control settled": "whether a batch kept to r_max with the parameters used",
    "decision": "milliseconds, median",
    "decision p99": "milliseconds, 99th percentile",
}


@dataclass(frozen=True, eq=False)
class Played:
    """A settled configuration, what the bank allows it, and what became of the simulees."""

    asked: Configuration
    bounds: list[Finding]
    found: Delivered
    control_settled: bool | None

    def figures(self) -> dict[str, Any]:
        """Plain values, None where a figure is none of this configuration's."""
        found, worn, asked = self.found, self.found.exposure, self.asked
        controlled = asked.exposure in ("sympson-hetter", "eligibility")
        cut = asked.classification
        overlap = None if np.isnan(worn.overlap) else worn.overlap
        return {
            "bias": found.bias,
            "rmse": found.rmse,
            "se": float(found.se.mean()),
            "length": float(found.length.mean()),
            "shortest": int(found.length.min()),
            "longest": int(found.length.max()),
            "ended": dict(found.ended),
            "right_side": None if cut is None else found.classified(cut),
            "exposure_largest": worn.largest,
            "exposure_quantiles": {str(q): float(np.quantile(worn.rates, q)) for q in QUANTILES},
            "above_r_max": worn.above(asked.r_max) if controlled else None,
            "items_used": worn.used,
            "overlap": overlap,
            "blueprint_missed": None if asked.blueprint == "none" else found.violated,
            "eligible_ran_out": found.infeasible if asked.exposure == "eligibility" else None,
            "control_settled": self.control_settled,
            "decision_ms": 1e3 * float(np.median(found.taken)),
            "decision_ms_p99": 1e3 * float(np.quantile(found.taken, 0.99)),
        }


def plain(bank: Bank, people: Population, played: Mapping[str, Played]) -> dict[str, Any]:
    """Return all of it for JSON."""
    return {
        "bank": {"name": bank.name, "items": bank.items, "left_out": bank.left_out},
        "population": asdict(people),
        "configurations": [
            {
                "name": name,
                "settings": one.asked.plain(),
                "feasibility": [asdict(each) for each in one.bounds],
                "figures": one.figures(),
                "by_theta": one.found.by_theta(people.mean + people.sd * EDGES).to_dicts(),
            }
            for name, one in played.items()
        ],
    }


def lines(played: Sequence[Played]) -> list[sessions.Line]:
    """Return the figures as rows of text, without those that no configuration has."""
    columns = [_texts(one.figures()) for one in played]
    return [
        sessions.Line(name, meaning, tuple(column[name] for column in columns))
        for name, meaning in MEANINGS.items()
        if any(column[name] != "-" for column in columns)
    ]


def _texts(figures: Mapping[str, Any]) -> dict[str, str]:
    ended = ", ".join(
        f"{reason} {n:,}" for reason, n in sorted(figures["ended"].items(), key=lambda one: -one[1])
    )
    settled = figures["control_settled"]
    return {
        "bias": f"{figures['bias']:+.3f}",
        "rmse": f"{figures['rmse']:.3f}",
        "se": f"{figures['se']:.3f}",
        "length": f"{figures['length']:.1f}",
        "shortest, longest": f"{figures['shortest']}, {figures['longest']}",
        "ended": ended,
        "right side": _percent(figures["right_side"]),
        "exposure": _percent(figures["exposure_largest"]),
        "above r_max": _percent(figures["above_r_max"]),
        "items used": _percent(figures["items_used"]),
        "overlap": _percent(figures["overlap"]),
        "blueprint missed": _count(figures["blueprint_missed"]),
        "eligible ran out": _count(figures["eligible_ran_out"]),
        "control settled": "-" if settled is None else "yes" if settled else "no",
        "decision": f"{figures['decision_ms']:.2f}",
        "decision p99": f"{figures['decision_ms_p99']:.2f}",
    }


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _count(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def picture(played: Mapping[str, Played]) -> bytes:
    """Return the picture of all configurations as PNG."""
    held = [
        one.asked.r_max for one in played.values() if one.asked.exposure in ("sympson-hetter", "eligibility")
    ]
    found = {name: one.found for name, one in played.items()}
    return plots.png(plots.sessions(found, r_max=held[0] if len(set(held)) == 1 else None))


def page(bank: Bank, people: Population, played: Mapping[str, Played], png: bytes, at: dt.datetime) -> str:
    """Return the page as HTML."""
    skewed = f", skewness {people.skew:g}" if people.skew else ""
    report = sessions.SessionsReport(
        bank=bank.name,
        items=bank.items,
        simulees=people.simulees,
        population=f"mean {people.mean:g}, standard deviation {people.sd:g}{skewed}",
        seed=people.seed,
        played_at=at,
        configurations=tuple(played),
        bounds=[
            sessions.Bound(name, each.demand, each.feasible, each.sentence)
            for name, one in played.items()
            for each in one.bounds
        ],
        lines=lines(list(played.values())),
        plots=[
            Plot(
                "By theta, and by item",
                "Bias, error and length by theta; the rates at which items are met",
                png,
            )
        ],
    )
    return sessions.render(report)
