"""The decisions of a session: pure functions over a bank and what was chosen and answered so far."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api_min.cat.banks import CatBank
from database.queries.cat_sessions import ChosenItem
from irt.errors import NothingEligible
from irt.selection import (
    Ability,
    Answers,
    Decision,
    Limits,
    Progress,
    Rules,
    Session,
    StoppingRule,
    decide,
    stop,
)
from irt.selection.sprt import log_likelihood_ratio

#: Why a session ended where no rule ended it.
EXHAUSTED = "no item left"


@dataclass(frozen=True)
class Plan:
    """How a session goes: its rules (prior included), when it stops, items of a stage, and the seed of its chance."""

    rules: Rules
    stopping: StoppingRule
    stage_length: int
    seed: int


@dataclass(frozen=True, eq=False)
class Stage:
    """What comes next: the items, or the reason why the session is over; the ability before either."""

    items: tuple[ChosenItem, ...]
    reason: str | None
    ability: Ability


def known(bank: CatBank, rules: Rules, items: Sequence[ChosenItem]) -> Ability:
    """Ability from the results of these items; omitted ones say nothing."""
    return rules.ability(_answers(bank, items))


def next_stage(bank: CatBank, plan: Plan, items: Sequence[ChosenItem], seconds: float) -> Stage:
    """Choose the items of the next stage. All items so far have their result.

    A stage is chosen item by item at one ability, so that it holds what would have come next had nothing been
    learnt. `seconds`: since the session began, for a rule that counts time.
    """
    ability = known(bank, plan.rules, items)
    stage = items[-1].stage + 1 if items else 1
    chosen: list[ChosenItem] = []
    reason: str | None = None
    while len(chosen) < plan.stage_length:
        ended = stop(plan.stopping, _progress(bank, plan, items, len(chosen), ability, seconds))
        if ended is not None:
            reason = ended.value
            break
        try:
            decision = decision_at(bank, plan, ability, [one.place for one in (*items, *chosen)])
        except NothingEligible:
            reason = EXHAUSTED
            break
        chosen.append(_chosen(bank, decision, len(items) + len(chosen) + 1, stage))
    return Stage(tuple(chosen), None if chosen else reason, ability)


def decision_at(bank: CatBank, plan: Plan, ability: Ability, places: Sequence[int]) -> Decision:
    """Decide which item follows those at `places`. Chance comes from the seed and the position alone.

    Raises:
        NothingEligible: all items were chosen before.
    """
    allowed = np.ones(bank.selection.items, dtype=np.bool_)
    allowed[list(places)] = False
    return decide(
        bank.selection,
        plan.rules,
        Session(ability, np.array(places, dtype=np.int64)),
        Limits(allowed),
        np.random.default_rng([plan.seed, len(places) + 1]),
        time.monotonic,
    )


def _chosen(bank: CatBank, decision: Decision, position: int, stage: int) -> ChosenItem:
    pairs = zip(decision.candidates.tolist(), decision.values.tolist(), strict=True)
    return ChosenItem(
        position=position,
        stage=stage,
        item=bank.items[decision.item],
        place=decision.item,
        criterion=decision.criterion,
        value=decision.value,
        theta=decision.ability.theta,
        se=decision.ability.se,
        candidates=[{"item": bank.items[place], "value": value} for place, value in pairs],
    )


def _answers(bank: CatBank, items: Sequence[ChosenItem]) -> Answers:
    answered = [one for one in items if one.correct is not None]
    a, b, c, _ = bank.selection.kinds.of([one.place for one in answered])
    return Answers.of([float(bool(one.correct)) for one in answered], a, b, c)


def _progress(
    bank: CatBank, plan: Plan, items: Sequence[ChosenItem], more: int, ability: Ability, seconds: float
) -> Progress:
    """A session so far: an omitted item counts as one that was given, and tells nothing."""
    answers, rule = _answers(bank, items), plan.stopping.classification
    said = len(answers.correct) > 0
    ratio = 0.0
    if rule is not None and said:
        ratio = log_likelihood_ratio(rule, answers.correct, answers.a, answers.b, answers.c)
    return Progress(
        items=len(items) + more, se=ability.se if said else float("inf"), seconds=seconds, ratio=ratio
    )
