"""What is fitted of an exam, item by item: how much data it has, which priors it gets, or why nothing is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

import irt
from irt.models import D
from orchestration.lifecycle.edits import Key, Lineage
from orchestration.lifecycle.policy import Policy
from orchestration.lifecycle.remembered import Edit
from orchestration.snapshot import responses

Row = Mapping[str, Any]
#: ln a ~ N(0, 0.5) in the D = 1.7 metric, as BILOG-MG has it (Zimowski, Muraki, Mislevy & Bock 2003).
USUAL_SLOPE = irt.LogNormal(float(np.log(D)), 0.5)
#: Standard errors of former parameters that are not known: an anchor's of before they were kept.
_UNKNOWN_SE = 0.25


@dataclass(frozen=True)
class Item:
    """An item of the plan: its name, usable responses (cosmetic edits pooled), model and priors in a 2PL.

    left_out: why it is not fitted; None: it is.
    """

    item: str
    key: Key
    n: int
    model: str
    priors: irt.Priors
    left_out: str | None = None


@dataclass(frozen=True)
class Plan:
    """Items by name in the order of the responses; `classical_only` says why no parameters are fitted."""

    items: Mapping[str, Item]
    edits: tuple[Edit, ...]
    classical_only: str | None

    @property
    def fitted(self) -> list[Item]:
        """The items that are fitted."""
        return [] if self.classical_only else [each for each in self.items.values() if not each.left_out]


def plan(attempts: pl.DataFrame, known: Lineage, former: Mapping[Key, Row], policy: Policy) -> Plan:
    """Plan the fit of usable attempts, cosmetic edits pooled; `former`: parameters of items as last known.

    Fewer responses than `fewest_responses` calibrate nothing, unless an edited version has a prior; from there to
    `few_responses` items share one slope; beyond, each has its own, with a prior. An item that goes against
    the others gets no prior of its slope, which would hide that it does.
    """
    classical = _classical(attempts, policy)
    edits = [made for version in known.versions.values() if (made := _edit(version.key, known, former))]
    taken = {(edit.question_id, edit.version): edit for edit in edits if edit.done == "prior"}
    with_others = _correlations(attempts)
    keys = {name: known.root((question, version)) for name, question, version in _named(attempts)}
    items = {}
    for name, n in attempts["item"].value_counts(sort=False).iter_rows():
        edit = taken.get(keys[name])
        if edit is not None:
            base = former[edit.question_id, edit.based_on]
            model, priors, out = "2PL", edited_priors(base, _inflation(edit, policy)), None
        else:
            model, priors, out = _by_data(n, with_others[name], policy)
        items[name] = Item(name, keys[name], n, model, priors, out)
    order = dict.fromkeys(attempts["item"].unique(maintain_order=True))
    return Plan({name: items[name] for name in order}, tuple(edits), classical)


def edited_priors(base: Row, inflation: float) -> irt.Priors:
    """Return the former parameters as priors: their variances times `inflation`, on ln slope and b."""
    spread = float(np.sqrt(inflation))
    return irt.Priors(
        slope=irt.LogNormal(float(np.log(D * base["a"])), spread * (base["se_a"] or _UNKNOWN_SE) / base["a"]),
        b=irt.Normal(base["b"], spread * (base["se_b"] or _UNKNOWN_SE)),
    )


def _inflation(edit: Edit, policy: Policy) -> float:
    return policy.options_inflation if edit.edit_kind == "options" else policy.wording_inflation


def _classical(attempts: pl.DataFrame, policy: Policy) -> str | None:
    counts = attempts["item"].value_counts()
    items = counts.filter(pl.col("count") >= policy.fewest_responses).height
    persons = attempts["person_id"].n_unique()
    if items >= policy.fewest_items and persons >= policy.fewest_persons:
        return None
    return (
        f"classical statistics only: {items} items have {policy.fewest_responses} usable responses and "
        f"{persons:,} persons gave one; parameters need {policy.fewest_items} such items and "
        f"{policy.fewest_persons} persons"
    )


def _by_data(n: int, with_others: float, policy: Policy) -> tuple[str, irt.Priors, str | None]:
    """Return model, priors, and why the item is left out, by its responses and its correlation with the others."""
    if n < policy.fewest_responses:
        needed = f"at least {policy.fewest_responses} are needed"
        return "2PL", irt.Priors.none(), f"too few responses: {n}, {needed}"
    if not with_others > 0.0:
        return "2PL", irt.Priors.none(), None
    return ("1PL" if n < policy.few_responses else "2PL"), irt.Priors(slope=USUAL_SLOPE), None


def _correlations(attempts: pl.DataFrame) -> dict[str, float]:
    """Return each item's correlation with the score on the others; 0 where there is none."""
    if not attempts.height:
        return {}
    found = irt.classical.item_statistics(responses(attempts)).select("item", "point_biserial")
    return {item: 0.0 if r is None else r for item, r in found.iter_rows()}


def _named(attempts: pl.DataFrame) -> Sequence[tuple[str, int, int]]:
    return list(attempts.select("item", "question_id", "version").unique(maintain_order=True).iter_rows())


def _edit(key: Key, known: Lineage, former: Mapping[Key, Row]) -> Edit | None:
    """Return what becomes of the parameters that a version's base had; None for a first version."""
    version = known.versions[key]
    if version.edit_kind is None or version.based_on is None:
        return None
    base = known.root((key[0], version.based_on))
    row = former.get(base)
    has = row is not None and row["a"] is not None and row["a"] > 0.0
    if version.edit_kind == "cosmetic":
        done, how = "carried over", f"Only its looks changed: it is one item with version {base[1]}."
    elif version.edit_kind == "key":
        done, how = "voided", "Its key changed: parameters and answers of before count no more."
    elif has and key not in known.voided:
        done, how = (
            "prior",
            f"Its {version.edit_kind} changed: parameters of version {base[1]} are its prior.",
        )
    else:
        done, how = (
            "afresh",
            f"Its {version.edit_kind} changed, and version {base[1]} has no parameters to start from.",
        )
    return Edit(
        question_id=key[0],
        version=key[1],
        item=version.item,
        edit_kind=version.edit_kind,  # type: ignore[arg-type]
        based_on=base[1],
        done=done,  # type: ignore[arg-type]
        sentence=how,
    )
