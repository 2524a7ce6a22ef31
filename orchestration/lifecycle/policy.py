"""The rules of an exam's calibration: defaults with their reasons, and an exam's own deviations from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

Count = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]
Positive = Annotated[float, msgspec.Meta(gt=0.0)]


class PolicyError(ValueError):
    """An exam's `model_policy` holds what no policy has; the text says what, where and what to do."""


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How an exam is calibrated. Counts are usable responses of an item unless they say otherwise."""

    # How much data.
    #: An item with fewer is not calibrated.
    fewest_responses: Count = 100
    #: Below, the slope is the exam's common one (1PL) or its prior decides: an item's own says mostly chance.
    few_responses: Count = 250
    #: An exam with fewer items, or fewer persons, gets classical statistics only.
    fewest_items: Count = 10
    fewest_persons: Count = 200

    # Which model.
    #: "by item", "2PL" or "3PL": the last two serve one model whatever the items say.
    serving: str = "by item"
    #: A lower asymptote of its own needs as many responses, and to be known so well.
    three_pl_responses: Count = 1000
    three_pl_se_c: Positive = 0.10
    #: Convergence of the 3PL is given up after so many passes; the converged 2PL is published then.
    most_passes: Count = 500

    # Latent distribution.
    #: Strata of what was known of a learner's ability before; 1: none.
    strata: Count = 8
    #: Mean and SD of fewer persons are not worth two parameters; such a group joins another.
    fewest_persons_a_group: Count = 100

    # Scale.
    #: Standard error of b up to which an item may hold the scale.
    anchor_se_b: Positive = 0.25
    #: Published runs without drift after which a new item holds the scale.
    probation_runs: Count = 3
    #: And standard error of its curve, in probability: an anchor's parameters stay as they are, and get no better.
    promoted_curve_error: Positive = 0.03
    #: And its model settled: it leads the other by so much (strong evidence: Kass & Raftery 1995), or the curves agree.
    promoted_lead: Positive = 6.0
    #: Fewer anchors do not hold a scale: the run stops.
    fewest_anchors: Count = 5
    #: Days of answers, before the last one, in which anchors are looked at for drift.
    drift_days: Count = 28
    #: And fewer days, in which a large change shows soon; not looked at where they are not fewer.
    drift_soon_days: Count = 7
    #: Weighted root mean square difference of curves, in probability, from which drift matters.
    drift_effect: Positive = 0.05
    #: False discovery rate over the anchors of a night.
    drift_level: Share = 0.05
    #: Level of a single anchor's test from which, looking moved, it holds nothing that night: it may be drifting.
    suspect_level: Share = 0.05
    #: Variance of a former version's parameters times this is the prior of an edited one.
    wording_inflation: Positive = 4.0
    options_inflation: Positive = 9.0

    # Diagnostics.
    #: By what persons are compared for DIF: "mode", "institution", "cohort".
    dif_groups: tuple[str, ...] = ("mode",)
    #: Root mean square difference of curve and answers, in probability, from which misfit matters.
    fit_effect: Positive = 0.05
    #: Proportion right from which an item is too easy, and below which too hard, to tell learners apart.
    too_easy: Share = 0.95
    too_hard: Share = 0.20
    #: Share of adaptive sessions that may meet an item; one that more meet gets known.
    most_exposed: Share = 0.40

    # When to calibrate.
    #: So many new usable first attempts since the newest run start another, ...
    recalibrate_responses: Count = 1000
    #: ... if they are this share of what that run read: a tenth more narrows standard errors by 5 %.
    recalibrate_share: Share = 0.10

    # Before publishing.
    #: Share of the live items whose curves may change by more than `drift_effect` in one night.
    most_changed: Share = 0.25
    #: Simulated learners at the gate, and items of a session where the exam's rules of delivery leave them open.
    gate_learners: Count = 200
    gate_length: Count = 30
    #: New beside old, beyond chance. At most so many times: standard error at the end, root mean square error, items.
    gate_se_ratio: Positive = 1.10
    gate_rmse_ratio: Positive = 1.10
    gate_length_ratio: Positive = 1.10
    #: At most so much more: size of the bias (in theta), rate of the item met most, full tests that miss the blueprint.
    gate_bias_rise: Positive = 0.05
    gate_exposure_rise: Share = 0.10
    gate_blueprint_rise: Share = 0.02
    #: Bank used at least so many times, overlap of two learners at most so much more.
    gate_usage_ratio: Positive = 0.80
    gate_overlap_rise: Share = 0.10

    def __post_init__(self) -> None:
        """Refuse what no type refuses."""
        for name, allowed in (("serving", ("by item", "2PL", "3PL")),):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {getattr(self, name)!r}")
        unknown = set(self.dif_groups) - {"mode", "institution", "cohort"}
        if unknown:
            raise ValueError(
                f"dif_groups knows mode, institution and cohort, not {', '.join(sorted(unknown))}"
            )
        if self.few_responses < self.fewest_responses:
            raise ValueError("few_responses must be at least fewest_responses")
        if self.gate_learners < 2 or self.gate_length < 1:
            raise ValueError(
                "gate_learners must be at least 2, for an overlap is of two, and gate_length at least 1"
            )

    def settings(self) -> dict[str, Any]:
        """Return every rule as plain values: what identifies a run, and what its report shows."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


def policy(exam: str, deviations: Mapping[str, Any]) -> Policy:
    """Return the defaults with an exam's own deviations (`exams.model_policy`).

    Raises:
        PolicyError: an unknown name, or a value outside its range.
    """
    try:
        return msgspec.convert(dict(deviations), Policy)
    except msgspec.ValidationError as error:
        raise PolicyError(
            f"model_policy of exam {exam}: {error}; mend it with `qbank calibrations policy {exam} --set NAME=VALUE`"
        ) from error
