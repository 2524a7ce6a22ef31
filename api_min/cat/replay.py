"""The decisions of a session, made again from its log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from api_min.cat import state
from api_min.cat.banks import CatBank
from api_min.cat.configuration import SectionConfiguration
from api_min.cat.engine import Plan, decision_at, known
from api_min.cat.sessions import plan
from api_min.errors import SessionNotFound
from database.queries import cat_sections, cat_sessions
from database.queries.cat_sessions import ChosenItem
from irt.selection import SelectionBank


@dataclass(frozen=True, slots=True)
class Difference:
    """A decision that does not come out as it was logged."""

    position: int
    what: str
    logged: object
    made: object


@dataclass(frozen=True, slots=True)
class Replayed:
    """A session made again: how many decisions, and those that differ."""

    decisions: int
    differences: list[Difference]


def replay(connection: Connection, session_identifier: str) -> Replayed:
    """Make every decision of a session again, ended or not. `connection` sees its tenant.

    Raises:
        SessionNotFound: there is no such session.
    """
    found = cat_sessions.logged_session(connection, state.session_of(session_identifier))
    if found is None:
        raise SessionNotFound(f"there is no session {session_identifier}")
    session, configuration = found
    row = cat_sections.read_bank(connection, session.bank_id)
    bank = CatBank(tuple(row.items), SelectionBank(row.a, row.b, row.c))
    items = cat_sessions.chosen(connection, session.id)
    asked = SectionConfiguration.model_validate(configuration)
    return Replayed(len(items), differences(bank, plan(asked, session), items))


def differences(bank: CatBank, plan: Plan, items: Sequence[ChosenItem]) -> list[Difference]:
    """Make every decision again, from the results that were known at its stage, and return what differs.

    Bit for bit: ability, its standard error, the criterion's values, the candidates and the item.
    """
    found: list[Difference] = []
    for index, item in enumerate(items):
        before = [one for one in items[:index] if one.stage < item.stage]
        decision = decision_at(
            bank, plan, known(bank, plan.rules, before), [one.place for one in items[:index]]
        )
        made = {
            "item": bank.items[decision.item],
            "criterion": decision.criterion,
            "value": decision.value,
            "theta": decision.ability.theta,
            "se": decision.ability.se,
            "candidates": [
                {"item": bank.items[place], "value": value}
                for place, value in zip(decision.candidates.tolist(), decision.values.tolist(), strict=True)
            ],
        }
        found += [
            Difference(item.position, what, getattr(item, what), value)
            for what, value in made.items()
            if getattr(item, what) != value
        ]
    return found
