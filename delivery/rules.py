"""By which rules quizzes of an exam choose and stop: what is set for the exam, in place of the usual ones.

A quiz keeps to the rules that it began with (`quiz_sessions.rules`), with the learner's prior settled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from delivery.errors import RulesError
from irt.errors import IrtError
from irt.selection import Classification, Rules, StoppingRule


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CutScore(_Strict):
    """A cut score that a learner is to be classified at (`irt.selection.Classification`)."""

    cut: float
    delta: float = 0.3
    alpha: float = 0.05
    beta: float = 0.05


class Stopping(_Strict):
    """When a quiz ends before its number of questions (`irt.selection.StoppingRule`); nothing set: never."""

    length: int | None = None
    se: float | None = None
    classification: CutScore | None = None
    require: Literal["any", "all"] = "any"
    min_length: int = 1
    max_length: int | None = None
    seconds: float | None = None

    def rule(self, num_questions: int) -> StoppingRule | None:
        """Return the rule of a quiz that may serve so many questions; None: that number alone ends it."""
        if self == Stopping():
            return None
        given = self.model_dump(exclude={"classification"})
        given["max_length"] = self.max_length or max(num_questions, self.length or 1, self.min_length)
        cut = self.classification
        return StoppingRule(
            **given, classification=None if cut is None else Classification(**cut.model_dump())
        )


class TestQuota(_Strict):
    """How many items of a test lie in a topic's subtree, bear a difficulty label, or are of a cognitive level."""

    __test__ = False  # no test of pytest's

    topic: str | None = None
    difficulty: Literal["easy", "medium", "hard"] | None = None
    bloom: int | None = Field(default=None, ge=1, le=6)
    least: int = Field(default=0, ge=0)
    most: int | None = Field(default=None, ge=0)

    @property
    def name(self) -> str:
        """As a person is to read it."""
        parts = (("topic", self.topic), ("difficulty", self.difficulty), ("cognitive level", self.bloom))
        return ", ".join(f"{what} {which}" for what, which in parts if which is not None) or "any item"


class DeliveryRules(_Strict):
    """How items are chosen.

    method, criterion, among, stand_in_share, pilot_rate: of `irt.selection.Rules`.
    errors:      b of calibrated items is as uncertain as was published with it.
    prior:       "population": N(mean, sd); "history": around what the learner's answers said of them, where they did.
    growth:      SD by which a learner may have changed since.
    rapid_ms:    answers given faster do not count for ability: no effort is behind them (Wise & DeMars 2006).
    seen_days:   an item met within so many days comes only where there is no other; None: ever met.
    r_max:       highest share of sessions that may meet an item; None: no control.
    control:     how that is kept: "eligibility" at any ability, by what sessions have met so far; "sympson-hetter" over
                 all of them, by parameters that simulated sessions found.
    points:      theta points of "eligibility".
    budget_ms:   of a shadow test.
    quotas:      of a test without filters; none: no blueprint. Enemies and item sets count with or without.
    """

    method: Literal["EAP", "MAP", "WLE", "ML"] = "EAP"
    criterion: Literal["MFI", "MPWI", "KL", "MEPV"] = "MFI"
    among: int = Field(default=1, ge=1, le=50)
    stand_in_share: float = Field(default=1.0, ge=0.0, le=1.0)
    pilot_rate: float = Field(default=0.0, ge=0.0, le=1.0)
    errors: bool = False
    prior: Literal["population", "history"] = "population"
    mean: float = Field(default=0.0, ge=-6.0, le=6.0)
    sd: float = Field(default=1.0, gt=0.0, le=10.0)
    growth: float = Field(default=0.5, ge=0.0, le=10.0)
    rapid_ms: int = Field(default=0, ge=0)
    seen_days: int | None = Field(default=None, ge=1)
    r_max: float | None = Field(default=None, gt=0.0, le=1.0)
    control: Literal["eligibility", "sympson-hetter"] = "eligibility"
    points: tuple[float, ...] = (-2.0, -1.0, 0.0, 1.0, 2.0)
    budget_ms: int = Field(default=100, ge=1)
    stopping: Stopping = Stopping()
    quotas: tuple[TestQuota, ...] = ()

    @model_validator(mode="after")
    def _points_ascend(self) -> DeliveryRules:
        if not self.points or list(self.points) != sorted(set(self.points)):
            raise ValueError(f"points must ascend, not {list(self.points)}")
        return self

    @model_validator(mode="after")
    def _control_has_a_target(self) -> DeliveryRules:
        if self.control == "sympson-hetter" and self.r_max is None:
            raise ValueError("control sympson-hetter needs r_max, the rate to keep to")
        if self.control == "sympson-hetter" and self.among > 1:
            raise ValueError("control sympson-hetter chooses in place of among: leave one of them away")
        return self

    @property
    def eligibility_rate(self) -> float | None:
        """r_max where conditional eligibility keeps it."""
        return self.r_max if self.control == "eligibility" else None

    @property
    def sympson_hetter_rate(self) -> float | None:
        """r_max where Sympson-Hetter keeps it."""
        return self.r_max if self.control == "sympson-hetter" else None

    def choosing(self) -> Rules:
        """Return the rules of one decision."""
        return Rules(
            method=self.method,
            mean=self.mean,
            sd=self.sd,
            criterion=self.criterion,
            among=self.among,
            stand_in_share=self.stand_in_share,
            pilot_rate=self.pilot_rate,
        )

    def plain(self) -> dict[str, Any]:
        """Return what deviates from the usual rules, as JSON has it."""
        plain: dict[str, Any] = self.model_dump(mode="json", exclude_defaults=True)
        return plain


def rules_of(
    where: str, selection: Mapping[str, Any], stopping: Mapping[str, Any], blueprint: Mapping[str, Any]
) -> DeliveryRules:
    """Return the rules that an exam's settings make; `where` is said in the error.

    Raises RulesError that names every unusable setting.
    """
    given = dict(selection)
    if stopping:
        given["stopping"] = dict(stopping)
    if "quotas" in blueprint:
        given["quotas"] = blueprint["quotas"]
    return read_rules(where, given)


def read_rules(where: str, given: Mapping[str, Any]) -> DeliveryRules:
    """Return the rules that `DeliveryRules.plain` told. Raises RulesError as `rules_of`."""
    try:
        rules = DeliveryRules.model_validate_json(json.dumps(given))
        rules.stopping.rule(1)
    except ValidationError as invalid:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in error['loc']) or 'rules'}: {error['msg']}"
            for error in invalid.errors()
        )
        raise RulesError(f"the rules of delivery of {where} are not usable: {faults}") from invalid
    except IrtError as fault:
        raise RulesError(f"the rules of delivery of {where} are not usable: stopping: {fault}") from fault
    return rules
