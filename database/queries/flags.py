"""Flags of items: what runs found that a person should look at, and what was said of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from database.errors import ReviewError
from database.queries.calibrations import Run
from database.tables import ItemFlag, Question

Row = Mapping[str, Any]
#: What runs raise and, where they no longer find it, resolve.
KINDS = (
    "misfit",
    "miskeyed",
    "drift",
    "dif",
    "dependence",
    "position",
    "too_easy",
    "too_hard",
    "over_exposed",
    "too_few_responses",
)
#: Found once: the anchor is dropped for it, and no later run compares it. It stands until somebody has looked.
_FOUND_ONCE = ("drift",)
_KEY = ("question_id", "version", "flag")
_UNDECIDED: dict[str, Any] = {"decided_by": None, "decided_at": None, "decision_reason": None}
_FLAGS = """
select i.*, q.home_exam_code as exam_code, item_name(q.external_ref, q.home_exam_code, q.id, i.version) as item
from item_flags i join questions q on q.id = i.question_id
"""


def raise_flags(connection: Connection, run: Run, rows: Sequence[Row]) -> None:
    """Raise what a run found: rows of question_id, version, flag, detail and, where there is one, action.

    A flag that stands takes the new figures and keeps its time and what a person said of it. One that the run no
    longer finds is resolved; found again later, it is a new one, open. Drift is found once, and is resolved when
    somebody has decided of it.
    """
    if rows:
        own = {"run_id": run.id, "tenant_id": run.tenant_id}
        found = upsert(ItemFlag).values([{"action": None, **row, **own} for row in rows])
        connection.execute(
            found.on_conflict_do_update(
                index_elements=_KEY,
                index_where=ItemFlag.resolved_at.is_(None),
                set_={name: found.excluded[name] for name in ("detail", "action", "run_id")},
            )
        )
    raised = {tuple(row[name] for name in _KEY) for row in rows}
    standing = select(ItemFlag.id, *(getattr(ItemFlag, name) for name in _KEY)).where(
        ItemFlag.question_id.in_(select(Question.id).where(Question.home_exam_code == run.exam_code)),
        ItemFlag.resolved_at.is_(None),
        ItemFlag.flag.in_(KINDS),
        ~(ItemFlag.flag.in_(_FOUND_ONCE) & (ItemFlag.state == "open")),
    )
    gone = [row.id for row in connection.execute(standing) if tuple(row[1:]) not in raised]
    if gone:
        connection.execute(update(ItemFlag).where(ItemFlag.id.in_(gone)).values(resolved_at=func.now()))


def flags(
    connection: Connection,
    *,
    exam: str | None = None,
    states: Sequence[str] = (),
    kinds: Sequence[str] = (),
    item: str | None = None,
    resolved: bool = False,
) -> list[Row]:
    """Return flags with the item's name and home exam; those that stand, unless `resolved` ones are asked for too.

    Empty `states` or `kinds` leave nothing out.
    """
    rows = connection.execute(
        text(
            f"select * from ({_FLAGS}) f where (cast(:exam as text) is null or exam_code = :exam) "
            "and (cast(:item as text) is null or item = :item) "
            "and (:resolved or resolved_at is null) "
            "and (cardinality(cast(:states as text[])) = 0 or state = any(:states)) "
            "and (cardinality(cast(:kinds as text[])) = 0 or flag = any(:kinds)) "
            "order by exam_code, question_id, version, flag, id"
        ),
        {"exam": exam, "item": item, "resolved": resolved, "states": list(states), "kinds": list(kinds)},
    )
    return [dict(row._mapping) for row in rows]


def flag(connection: Connection, flag_id: int) -> Row:
    """Return one flag. Raises ReviewError where there is none of this id."""
    found = connection.execute(text(f"{_FLAGS} where i.id = :id"), {"id": flag_id}).one_or_none()
    if found is None:
        raise ReviewError(f"there is no flag {flag_id}: `qbank flags list --resolved` shows all there are")
    return dict(found._mapping)


def decide(connection: Connection, flag_id: int, state: str, by: str, reason: str) -> Row:
    """Write down what a person says of a flag that stands; return it as it is then.

    state: "accepted" (it is so, act) or "dismissed" (it is not so). Raises ReviewError for a flag that does not
    stand, for one of which the same was said already, and where name or reason is empty.
    """
    if not by.strip() or not reason.strip():
        raise ReviewError("a decision needs a name and a reason: --by NAME --reason TEXT")
    said = {"decided_by": by.strip(), "decided_at": func.now(), "decision_reason": reason.strip()}
    return _move(connection, flag_id, state, said)


def reopen(connection: Connection, flag_id: int) -> Row:
    """Take back what was said of a flag that stands, as if nobody had looked; return it as it is then.

    Raises ReviewError for a flag that does not stand, or that is open.
    """
    return _move(connection, flag_id, "open", _UNDECIDED)


def _move(connection: Connection, flag_id: int, state: str, said: Row) -> Row:
    known = connection.execute(
        select(ItemFlag.state, ItemFlag.resolved_at).where(ItemFlag.id == flag_id).with_for_update()
    ).one_or_none()
    if known is not None and known.resolved_at is not None:
        raise ReviewError(
            f"flag {flag_id} was resolved at {known.resolved_at:%Y-%m-%d %H:%M} UTC, for a run no longer found it: "
            "there is nothing to decide"
        )
    if known is not None and known.state == state:
        raise ReviewError(f"flag {flag_id} is {state} already: `qbank flags show {flag_id}` says more")
    connection.execute(update(ItemFlag).where(ItemFlag.id == flag_id).values(state=state, **said))
    return flag(connection, flag_id)
