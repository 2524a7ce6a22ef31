"""Which fit of a run is served: the model of each item by the stated rule, unless the exam's policy names one."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import structs

import irt
from irt.choice import three_pl_rule
from orchestration.lifecycle.fits import MIXED, Data
from orchestration.lifecycle.plan import Item
from orchestration.lifecycle.policy import Policy
from orchestration.lifecycle.remembered import Choice

HELD = "holds the scale with the parameters it became an anchor with"
SUSPECTED = "looks as if it drifts: keeps the parameters it became an anchor with, and holds nothing tonight"


def choices(
    data: Data, two: irt.Calibration, three: irt.Calibration, options: Mapping[str, int], policy: Policy
) -> dict[str, Choice]:
    """Return the model of every item of the plan, with the reason; `options`: how many each item has."""
    chosen = {name: _left_out(item) for name, item in data.plan.items.items() if item.left_out}
    ruled = {}
    if policy.serving == "by item" and two.converged and three.converged:
        ruled = {
            str(row["item"]): row
            for row in three_pl_rule(
                two,
                three,
                data.answers,
                groups=data.groups.labels,
                n_options={item: n for item, n in options.items() if n > 1},
                fewest=policy.three_pl_responses,
                most_se_c=policy.three_pl_se_c,
            ).to_dicts()
        }
    for name, status in zip(data.answers.items, two.status, strict=True):
        item = data.plan.items[str(name)]
        if item.item in data.anchors:
            chosen[item.item] = anchor(item, data.anchors[item.item]["c"], HELD)
        elif status == "set aside":
            reason = two.reason[two.items.index(name)]
            chosen[item.item] = _choice(item, "none", None, reason)
        elif item.model == "1PL":
            few = f"{item.n} usable responses: one slope for all items with fewer than {policy.few_responses}"
            chosen[item.item] = _choice(item, "1PL", None, few)
        elif item.item in ruled:
            row = ruled[item.item]
            guessing = row["fixed_c"] if row["fixed_c"] is not None else row["guessing"]
            ruled_so = _choice(item, row["model"], guessing, row["reason"])
            chosen[item.item] = structs.replace(ruled_so, lead=row["lead"], apart=row["apart"])
        else:
            chosen[item.item] = _unruled(item, three, policy)
    return chosen


def serving(
    chosen: Mapping[str, Choice], data: Data, two: irt.Calibration, three: irt.Calibration, policy: Policy
) -> tuple[str, str]:
    """Return the fit that is to serve, "2PL", "3PL" or "mixed", and why."""
    if not three.converged:
        return "2PL", f"the 3PL did not converge ({three.reason_stopped}): the converged 2PL is served"
    if policy.serving != "by item":
        return policy.serving, f"the exam's policy serves the {policy.serving}"
    served = [
        chosen[str(name)] for name, status in zip(two.items, two.status, strict=True) if status != "set aside"
    ]
    guessed = [each for each in served if each.model == "3PL"]
    if not guessed:
        return "2PL", "no item has a lower asymptote"
    if all(each.model == "3PL" and (each.guessing == "free" or each.item in data.anchors) for each in served):
        return "3PL", "every item has a lower asymptote of its own"
    said = f"{len(guessed)} of {len(served)} items have a lower asymptote: one joint fit of both models"
    return MIXED, said


def anchor(item: Item, c: float, reason: str) -> Choice:
    """Return the model of an item that keeps its parameters."""
    return _choice(item, "3PL", c, reason) if c > 0.0 else _choice(item, "2PL", None, reason)


def _choice(item: Item, model: str, guessing: str | float | None, reason: str) -> Choice:
    return Choice(
        question_id=item.key[0],
        version=item.key[1],
        item=item.item,
        n=item.n,
        model=model,  # type: ignore[arg-type]
        guessing=guessing,
        reason=reason,
    )


def _left_out(item: Item) -> Choice:
    return _choice(item, "none", None, item.left_out or "")


def _unruled(item: Item, three: irt.Calibration, policy: Policy) -> Choice:
    """The model where no rule is asked: the policy names one, or there is no 3PL to compare."""
    if policy.serving == "3PL" and three.converged:
        return _choice(item, "3PL", "free", "the exam's policy serves the 3PL")
    said = (
        "the exam's policy serves the 2PL"
        if policy.serving == "2PL"
        else "a fit to choose by did not converge"
    )
    return _choice(item, "2PL", None, said)
