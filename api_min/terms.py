"""What a quiz keeps to from its beginning on: rules with the learner's prior, seed, what they met or may not."""

from __future__ import annotations

import datetime as dt
import logging
import math
import secrets
import uuid
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sqlalchemy import Connection

from api_min import control, decisions, exposure
from api_min.bank import Bank
from api_min.banks import Kept
from database.queries import abilities, exposure_controls, exposure_counts, quizzes
from database.tenancy import all_learners
from delivery.exams import exam_rules
from delivery.rules import DeliveryRules
from irt.selection import EligibilityCounts

#: Sessions that are over and that one beginning counts at most: it shall not wait for a backlog.
_COUNTED_AT_ONCE: Final = 20
_logger = logging.getLogger("qbank.api")


@dataclass(frozen=True, slots=True)
class Terms:
    """As `quizzes.Quiz` has them."""

    rules: DeliveryRules
    seed: int
    seen_question_ids: list[int]
    ruled_out: list[list[int]] | None
    control: dict[str, Any] | None


def terms(
    connection: Connection,
    tenant_id: uuid.UUID,
    user_id: uuid.UUID,
    exam_code: str | None,
    kept: Kept,
    now: dt.datetime,
) -> Terms:
    """Settle the terms of an adaptive quiz. Raises RulesError where those set for the exam are not usable."""
    rules = _with_prior(connection, exam_rules(connection, exam_code), tenant_id, user_id, exam_code)
    seed = secrets.randbits(63)
    since = None if rules.seen_days is None else now - dt.timedelta(days=rules.seen_days)
    ruled_out = found = None
    if rules.eligibility_rate is not None and exam_code is not None:
        with all_learners(connection):
            known = _counted(connection, tenant_id, exam_code, kept.bank, rules, now)
        ruled_out = exposure.rule_out(known, kept.bank, np.random.default_rng([seed, 0]))
    if rules.sympson_hetter_rate is not None and exam_code is not None:
        found = _control(connection, tenant_id, exam_code, kept.hash, rules.sympson_hetter_rate)
    return Terms(rules, seed, quizzes.questions_seen(connection, user_id, since), ruled_out, found)


def _control(
    connection: Connection, tenant_id: uuid.UUID, exam_code: str, bank_hash: str, r_max: float
) -> dict[str, Any]:
    """The control parameters of the bank, else those of an earlier one; what they do not tell of is not held back."""
    found = exposure_controls.newest(connection, tenant_id, exam_code, bank_hash, r_max)
    if found is None or found.bank_hash != bank_hash:
        _logger.warning(
            "a quiz of exam %s begins with %s; none were sought for its bank %s: `qbank delivery %s --find` does so",
            exam_code,
            "no control parameters" if found is None else f"those of bank {found.bank_hash[:12]}",
            bank_hash[:12],
            exam_code,
        )
    return control.plain_of(found)


def _with_prior(
    connection: Connection,
    rules: DeliveryRules,
    tenant_id: uuid.UUID,
    user_id: uuid.UUID,
    exam_code: str | None,
) -> DeliveryRules:
    """The rules with the prior that the learner's history gives: what was known, and what may have changed since."""
    if rules.prior != "history" or exam_code is None:
        return rules
    known = abilities.ability_of(connection, tenant_id, user_id, exam_code)
    if known is None:
        return rules
    theta, se = known
    sd = min(math.hypot(se, rules.growth), rules.sd)
    return rules.model_copy(update={"mean": theta, "sd": sd})


def _counted(
    connection: Connection,
    tenant_id: uuid.UUID,
    exam_code: str,
    bank: Bank,
    rules: DeliveryRules,
    now: dt.datetime,
) -> EligibilityCounts:
    """What exposure control remembers, with the sessions that have ended since it was looked at last."""
    over = exposure_counts.to_count(connection, tenant_id, exam_code, now, _COUNTED_AT_ONCE)
    if over:
        exposure_counts.hold(connection, tenant_id, exam_code)
    counts = exposure.counts_of(exposure_counts.read(connection, tenant_id, exam_code), bank, rules)
    ended = [quiz_id for quiz_id in over if exposure_counts.mark_counted(connection, quiz_id)]
    for quiz_id in ended:
        counts = _with_session(connection, counts, quiz_id, bank)
    if ended:
        exposure_counts.write(connection, tenant_id, exam_code, exposure.plain_of(counts, bank))
    return counts


def _with_session(
    connection: Connection, counts: EligibilityCounts, quiz_id: uuid.UUID, bank: Bank
) -> EligibilityCounts:
    """The counts with a session, unless its theta points were others."""
    quiz = quizzes.find_quiz(connection, quiz_id)
    assert quiz is not None
    assert quiz.ruled_out is not None
    history = quizzes.history(connection, quiz_id)
    if not history or len(quiz.ruled_out) != len(counts.points):
        return counts
    known = decisions.ability(history, bank, decisions.rules_of(quiz)).known
    served = [item.question_id for item in history]
    return exposure.count(counts, bank, quiz.ruled_out, known.posterior, served)
