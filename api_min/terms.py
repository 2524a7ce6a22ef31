"""What a quiz keeps to from its beginning on: rules with the learner's prior, seed, what they met or may not."""

from __future__ import annotations

import datetime as dt
import math
import secrets
import uuid
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import Connection

from api_min import decisions, exposure
from api_min.bank import Bank
from api_min.rules import DeliveryRules, rules_of
from database.queries import abilities, exams, exposure_counts, quizzes
from database.tenancy import all_learners
from irt.selection import EligibilityCounts

#: Sessions that are over and that one beginning counts at most: it shall not wait for a backlog.
_COUNTED_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Terms:
    """As `quizzes.Quiz` has them."""

    rules: DeliveryRules
    seed: int
    seen_question_ids: list[int]
    ruled_out: list[list[int]] | None


def terms(
    connection: Connection,
    tenant_id: uuid.UUID,
    user_id: uuid.UUID,
    exam_code: str | None,
    bank: Bank,
    now: dt.datetime,
) -> Terms:
    """Settle the terms of an adaptive quiz. Raises RulesError where those set for the exam are not usable."""
    rules = _with_prior(connection, exam_rules(connection, exam_code), tenant_id, user_id, exam_code)
    seed = secrets.randbits(63)
    since = None if rules.seen_days is None else now - dt.timedelta(days=rules.seen_days)
    ruled_out = None
    if rules.r_max is not None and exam_code is not None:
        with all_learners(connection):
            known = _counted(connection, tenant_id, exam_code, bank, rules, now)
        ruled_out = exposure.rule_out(known, bank, np.random.default_rng([seed, 0]))
    return Terms(rules, seed, quizzes.questions_seen(connection, user_id, since), ruled_out)


def exam_rules(connection: Connection, exam_code: str | None) -> DeliveryRules:
    """Return the rules set for an exam, else the usual ones. Raises RulesError where they are not usable."""
    set_for = None if exam_code is None else exams.delivery(connection, exam_code)
    if set_for is None:
        return DeliveryRules()
    return rules_of(f"exam {exam_code}", set_for.selection, set_for.stopping, set_for.blueprint)


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
