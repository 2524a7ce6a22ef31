"""Rows of item_calibration_candidate: what a fit says of each version of each item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import irt
from orchestration.lifecycle.edits import Key, Lineage
from orchestration.lifecycle.plan import Plan
from orchestration.lifecycle.remembered import Choice, Edit

Rows = list[dict[str, Any]]
_NOTHING = dict.fromkeys(("a", "b", "c", "se_a", "se_b", "se_c"))
CARRIED = "carried over"


def fitted_rows(
    name: str,
    fit: irt.Calibration,
    plan: Plan,
    counts: Mapping[Key, int],
    anchors: Mapping[str, Mapping[str, Any]],
    choices: Mapping[str, Choice],
) -> Rows:
    """Return the rows of a fit, and of the items that it was not given; `counts`: responses of each version.

    An item's first version may have none: all may be answers to a later one in which only looks changed. An anchor has
    the standard errors with which it was frozen. `choices` tell the item's own model of a mixed fit.
    """
    rows: Rows = []
    for found in fit.table().to_dicts():
        item, own, key = found["item"], found["model"], plan.items[found["item"]].key
        figures = {each: found[each] for each in (*_NOTHING, "status")}
        if item in anchors:
            figures |= {each: anchors[item][each] for each in ("se_a", "se_b")}
        chosen = choices.get(item)
        rows.append(
            _keyed(key, counts.get(key, 0))
            | figures
            | {"model": name, "item_model": _own_model(name, own, chosen)}
            | {"reason": found["reason"] or (chosen.reason if chosen else None)}
        )
    return rows + left_out_rows(
        name, plan, counts, {i.item: i.left_out for i in plan.items.values() if i.left_out}
    )


def frozen_rows(
    rows: Sequence[Mapping[str, Any]], frozen: Mapping[Key, Mapping[str, Any]], reason: str
) -> Rows:
    """Return the rows with those of items that were not fitted, and keep parameters they have, as these are."""
    made = []
    for row in rows:
        kept = frozen.get((row["question_id"], row["version"]))
        if kept is None:
            made.append(dict(row))
            continue
        own = "3PL" if kept["c"] > 0.0 else "2PL"
        figures = {each: kept[each] for each in ("a", "b", "c", "se_a", "se_b")}
        said = {"status": "anchor", "reason": reason, "item_model": None if own == row["model"] else own}
        made.append({**row, **figures, **said})
    return made


def left_out_rows(name: str, plan: Plan, counts: Mapping[Key, int], reasons: Mapping[str, str]) -> Rows:
    """Return rows of items that were not fitted, with why."""
    return [
        _keyed(plan.items[item].key, counts.get(plan.items[item].key, 0))
        | _NOTHING
        | {"model": name, "item_model": None, "status": "set aside", "reason": reason}
        for item, reason in reasons.items()
    ]


def carried_rows(rows: Sequence[Mapping[str, Any]], known: Lineage, counts: Mapping[Key, int]) -> Rows:
    """Return rows of cosmetic versions: those of the version whose item they are."""
    by_key: dict[Key, Rows] = {}
    for row in rows:
        by_key.setdefault((row["question_id"], row["version"]), []).append(dict(row))
    made = []
    for copy in known.copies():
        root = known.root(copy.key)
        for row in by_key.get(root, []):
            aside = row["status"] == "set aside"
            said = row["reason"] if aside else f"one item with version {root[1]}: only its looks changed"
            status = "set aside" if aside else CARRIED
            made.append(row | _keyed(copy.key, counts.get(copy.key, 0)) | {"status": status, "reason": said})
    return made


def stand_in_rows(
    names: Sequence[str],
    edits: Sequence[Edit],
    former: Mapping[Key, Mapping[str, Any]],
    counts: Mapping[Key, int],
    inflations: Mapping[str, float],
) -> Rows:
    """Return rows of edited versions that nobody has answered: their prior, in each of the fits `names`."""
    made = []
    for edit in edits:
        key = edit.question_id, edit.version
        if edit.done != "prior" or key in counts:
            continue
        base, spread = former[edit.question_id, edit.based_on], inflations[edit.edit_kind] ** 0.5
        errors = {name: None if base[name] is None else spread * base[name] for name in ("se_a", "se_b")}
        reason = f"no answers yet: parameters of version {edit.based_on}, their variance times {spread**2:g}"
        for name in names:
            made.append(
                _keyed(key, 0)
                | {each: base[each] for each in ("a", "b", "c")}
                | errors
                | {
                    "se_c": None,
                    "model": name,
                    "item_model": _own_model(name, "3PL" if base["c"] else "2PL", None),
                }
                | {"status": CARRIED, "reason": reason}
            )
    return made


def _keyed(key: Key, n: int) -> dict[str, Any]:
    return {"question_id": key[0], "version": key[1], "n_respondents": n}


def _own_model(name: str, own: str, choice: Choice | None) -> str | None:
    """The item's own model in words; None where it is the fit's."""
    if name != "mixed" or choice is None or own != "3PL" or choice.guessing in (None, "free"):
        return None if own == name else own
    if choice.guessing == "common":
        return "3PL with a common c"
    return f"3PL with c fixed at {choice.guessing:.3g}"
