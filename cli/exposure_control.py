"""Sympson-Hetter parameters of the banks that quizzes of an exam are served from: what there is, and finding the rest.

A search takes minutes, so it is no part of a request. Until it has been made for a bank, quizzes begin with what was
found for the bank before.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from rich.markup import escape

from cli.console import errors
from cli.database import pipeline_engine

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api_min.bank import Bank
    from database.queries.exposure_controls import Found
    from delivery.rules import DeliveryRules

#: Learners of a batch, and questions of a quiz, unless told otherwise.
SIMULEES: Final = 1000
LENGTH: Final = 40


@dataclass(frozen=True)
class Standing:
    """What there is for a bank. `found`: for it or an earlier one, or None; `current`: by the rules as they are."""

    tenant: uuid.UUID
    bank: Bank
    bank_hash: str
    found: Found | None
    current: bool

    @property
    def length(self) -> int:
        """Questions of a quiz in the last search."""
        return LENGTH if self.found is None else int(self.found.found_by["length"])

    @property
    def simulees(self) -> int:
        """Learners of a batch in the last search."""
        return SIMULEES if self.found is None else int(self.found.found_by["people"]["simulees"])

    def sentence(self) -> str:
        """Say it to a person."""
        where = f"the {len(self.bank)} questions of tenant {self.tenant}"
        if self.found is None:
            return (
                f"{where} have no control parameters: quizzes hold nothing back until `--find` has found some"
            )
        held = f"{len(self.found.parameters)} questions are held back, the largest rate was {self.found.largest:.3f}"
        if not self.current:
            return f"{where} go by parameters of an earlier bank or other rules until `--find` has found theirs: {held}"
        came = "" if self.found.settled else f", which is as near to {self.found.r_max:g} as the search came"
        return f"of {where} {held} in simulated quizzes of {self.found.found_by['length']} questions{came}"

    def plain(self) -> dict[str, Any]:
        """Say it to a script."""
        told = {"tenant": str(self.tenant), "bank": self.bank_hash, "current": self.current}
        if self.found is None:
            return told
        return told | {
            "found_for": self.found.bank_hash, "r_max": self.found.r_max, "held_back": len(self.found.parameters),
            "largest": self.found.largest, "settled": self.found.settled, "found_by": dict(self.found.found_by),
        }  # fmt: skip


def known(exam: str, length: int | None = None) -> list[Standing]:
    """Return what there is for each bank of the exam; nothing where its rules have no Sympson-Hetter control."""
    with pipeline_engine() as engine, engine.begin() as connection:
        return _standings(connection, exam, length)[1]


def refresh(exam: str, length: int | None = None, simulees: int | None = None) -> list[Standing]:
    """Find what is missing, by quizzes of so many questions of so many learners; None: as many as the last search had.

    Raises UnknownTopic and irt's InvalidArgument as `api_min.control_search.search`.
    """
    from api_min import control_search
    from database.queries import exposure_controls

    with pipeline_engine() as engine:
        with engine.begin() as connection:
            rules, standings = _standings(connection, exam, length)
            mean, sd = _population(connection, exam, rules)
        done: dict[str, Found] = {}
        for one in standings:
            if one.current:
                continue
            if one.bank_hash not in done:  # tenants with the same bank share a search
                with errors.status(f"simulating quizzes to control exposure in exam {exam}", spinner="dots"):
                    people = control_search.People(mean, sd, simulees or one.simulees)
                    done[one.bank_hash] = control_search.search(
                        one.bank, one.bank_hash, rules, length or one.length, people, time.perf_counter
                    )
            with engine.begin() as connection:
                exposure_controls.keep(connection, one.tenant, exam, done[one.bank_hash])
        with engine.begin() as connection:
            return _standings(connection, exam, length)[1]


def keep_up(exam: str) -> None:
    """Find what is missing for what was just published, and say what came of it."""
    for one in refresh(exam):
        errors.print(f"  exposure control: {escape(one.sentence())}", soft_wrap=True)


def _standings(connection: Connection, exam: str, length: int | None) -> tuple[DeliveryRules, list[Standing]]:
    from database.queries import exposure_controls
    from delivery.exams import exam_rules

    rules = exam_rules(connection, exam)
    if rules.sympson_hetter_rate is None:
        return rules, []
    tenants = exposure_controls.tenants(connection, exam)
    made = [_standing(connection, exam, tenant, rules, length) for tenant in tenants]
    return rules, [one for one in made if len(one.bank)]


def _standing(
    connection: Connection, exam: str, tenant: uuid.UUID, rules: DeliveryRules, length: int | None
) -> Standing:
    from api_min import control_search, snapshots
    from api_min.bank import load_bank
    from database.queries import exposure_controls

    r_max = rules.sympson_hetter_rate
    assert r_max is not None
    bank = load_bank(connection, tenant, exam)
    digest = snapshots.snapshot(bank).hash
    found = exposure_controls.newest(connection, tenant, exam, digest, r_max)
    current = found is not None and control_search.is_found_by(
        found, digest, rules, length or int(found.found_by["length"])
    )
    return Standing(tenant, bank, digest, found, current)


def _population(connection: Connection, exam: str, rules: DeliveryRules) -> tuple[float, float]:
    """Mean and SD of theta of those expected: whose scale it is, where there is one; else those of the prior."""
    from database.queries import scales

    scale = scales.scale(connection, exam)
    return (rules.mean, rules.sd) if scale is None else (scale.prior_mean, scale.prior_sd)
