"""A session begins, takes results, and ends: each in one transaction."""

from __future__ import annotations

import datetime as dt
import math
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from api_min.cat import engine, pool, sections, state
from api_min.cat.banks import CatBank, CatBanks
from api_min.cat.configuration import MAX_MEAN, MAX_SD, MIN_SD, SectionConfiguration
from api_min.cat.engine import Plan
from api_min.cat.results import Outcome
from api_min.cat.shapes import BaseType
from api_min.errors import InvalidData, NothingToServe, ResultStands, SessionNotFound
from database.queries import cat_sections, cat_sessions
from database.queries.cat_sections import Section
from database.queries.cat_sessions import ChosenItem, Session
from irt.selection import Ability

#: Keys of prior data that are read: mean and standard deviation of the prior of theta.
PRIOR_MEAN, PRIOR_SD = "initialEstimatedAbility", "initialStandardError"
#: Live parameters that a session begins with are no older.
LIVE_WITHIN: Final = dt.timedelta(minutes=1)


@dataclass(frozen=True, eq=False)
class Told:
    """Where a session stands: what to give now, none: it is over; `given`: items with a result."""

    session: Session
    items: tuple[str, ...]
    state: str
    ability: Ability
    given: int
    reason: str | None

    def variables(self) -> list[tuple[str, BaseType, str]]:
        """What it tells, as outcome variables of a test: (identifier, base type, value)."""
        found: list[tuple[str, BaseType, str]] = [("THETA", "float", repr(self.ability.theta))]
        if math.isfinite(self.ability.se):  # without an answer some methods have none
            found.append(("THETA_SE", "float", repr(self.ability.se)))
        found.append(("N_ITEMS", "integer", str(self.given)))
        if self.reason is not None:
            found.append(("END_REASON", "string", self.reason))
        return found


async def begin(
    connection: AsyncConnection, banks: CatBanks, section_id: uuid.UUID, prior: Mapping[str, str]
) -> Told:
    """Begin a session on the parameters that are live now, and choose its first items.

    Raises:
        SectionNotFound, NothingToServe: no such section; none of its items is to be had any more.
        InvalidData: prior data that are no usable numbers.
    """
    section = await sections.find(connection, section_id)
    asked = SectionConfiguration.model_validate(section.configuration)
    mean = _bounded(prior, PRIOR_MEAN, asked.selection.mean, -MAX_MEAN, MAX_MEAN)
    sd = _bounded(prior, PRIOR_SD, asked.selection.sd, MIN_SD, MAX_SD)
    session = await connection.run_sync(
        cat_sessions.create_session,
        {
            "id": uuid.uuid4(),
            "tenant_id": section.tenant_id,
            "section_id": section.id,
            "bank_id": await _bank_of(connection, section),
            "seed": secrets.randbits(63) if asked.seed is None else asked.seed,
            "prior_mean": mean,
            "prior_sd": sd,
        },
        asked.lifetime,
    )
    bank = await banks.get(connection, session.bank_id)
    return await _go_on(connection, bank, plan(asked, session), session, [])


async def take(
    connection: AsyncConnection,
    banks: CatBanks,
    section_id: uuid.UUID,
    session_id: uuid.UUID,
    outcomes: Sequence[Outcome],
    given_state: str | None,
) -> Told:
    """Write results, and choose the next items once all that were given have theirs.

    Results that come again change nothing, so that a request can be repeated and gets the items that the first
    got. Of two requests at once the second waits for the first.

    Raises:
        SectionNotFound, SessionNotFound: no such thing, or it has ended or expired.
        InvalidData: an item that was not given, or a state that is not this session's.
        ResultStands: another result than the one an item has.
    """
    section = await sections.find(connection, section_id)
    session = await _held(connection, section_id, session_id)
    items = await connection.run_sync(cat_sessions.chosen, session.id)
    if given_state is not None:
        state.check(given_state, session.id, len(items))
    for position, correct in _new(items, outcomes).items():
        await connection.run_sync(cat_sessions.write_result, session.id, position, correct)
        items[position - 1] = replace(items[position - 1], correct=correct, resulted=True)
    bank = await banks.get(connection, session.bank_id)
    asked = SectionConfiguration.model_validate(section.configuration)
    return await _go_on(connection, bank, plan(asked, session), session, items)


async def end(connection: AsyncConnection, section_id: uuid.UUID, session_id: uuid.UUID) -> None:
    """End a session; what was decided in it is kept. Raises SectionNotFound, SessionNotFound."""
    await sections.find(connection, section_id)
    session = await _held(connection, section_id, session_id)
    await connection.run_sync(cat_sessions.end_session, session.id)


def plan(asked: SectionConfiguration, session: Session) -> Plan:
    """How a session goes."""
    rules = asked.rules(session.prior_mean, session.prior_sd)
    return Plan(rules, asked.rule(), asked.stage_length, session.seed)


async def _go_on(
    connection: AsyncConnection, bank: CatBank, plan: Plan, session: Session, items: list[ChosenItem]
) -> Told:
    """Tell of the items that wait for a result, else choose the next ones."""
    waiting = [one for one in items if not one.resulted]
    given = len(items) - len(waiting)
    if waiting:
        ability, reason = engine.known(bank, plan.rules, items), None
    else:
        seconds = (session.now - session.started_at).total_seconds()
        stage = engine.next_stage(bank, plan, items, max(seconds, 0.0))
        waiting, ability, reason = list(stage.items), stage.ability, stage.reason
        await connection.run_sync(cat_sessions.write_chosen, session, waiting)
    last = waiting[-1].position if waiting else len(items)
    token = state.token(session.id, max(last, len(items)))
    return Told(session, tuple(one.item for one in waiting), token, ability, given, reason)


async def _held(connection: AsyncConnection, section_id: uuid.UUID, session_id: uuid.UUID) -> Session:
    session = await connection.run_sync(cat_sessions.lock_session, section_id, session_id)
    if session is None:
        raise SessionNotFound("the section has no such session, or it was ended; POST sessions begins one")
    if session.expires_at <= session.now:
        raise SessionNotFound(f"the session expired at {session.expires_at.isoformat()}; begin another")
    return session


async def _bank_of(connection: AsyncConnection, section: Section) -> int:
    """Return the snapshot that a session is to begin with; one of live parameters is made where none is fresh."""
    fresh = None if section.exam_code is None else LIVE_WITHIN
    known = await connection.run_sync(cat_sections.newest_bank, section.id, fresh)
    if known is not None:
        return known
    assert section.exam_code is not None
    items, questions = await connection.run_sync(cat_sections.named, section.id)
    live = await connection.run_sync(cat_sections.live_items, section.tenant_id, section.exam_code, questions)
    now = pool.still_live(live, items, questions)
    if now is None:
        raise NothingToServe(f"none of the section's {len(items)} items is published and calibrated any more")
    return await connection.run_sync(cat_sections.keep_bank, section, now.digest, now.items, now.parameters)


def _new(items: Sequence[ChosenItem], outcomes: Sequence[Outcome]) -> dict[int, bool | None]:
    """Results that are not known yet, by position."""
    given = {one.item: one for one in items}
    new: dict[int, bool | None] = {}
    for outcome in outcomes:
        item = given.get(outcome.item)
        if item is None:
            raise InvalidData(f"item {outcome.item!r} was not given in this session")
        if not item.resulted:
            new[item.position] = outcome.correct
        elif item.correct != outcome.correct:
            raise ResultStands(f"item {outcome.item!r} has another result in this session, and it stands")
    return new


def _bounded(prior: Mapping[str, str], key: str, default: float, low: float, high: float) -> float:
    if key not in prior:
        return default
    try:
        number = float(prior[key])
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise InvalidData(f"priorData.{key} must be a number from {low:g} to {high:g}, on the scale of theta")
    return number
