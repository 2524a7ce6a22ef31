"""Which figures of sessions may not regress, how far, and what to do where one did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from irt.simulation import Delivered, contrasts
from irt.simulation.contrasts import Contrast
from orchestration.gate.sessions import Sessions
from orchestration.lifecycle.policy import Policy


@dataclass(frozen=True)
class Limit:
    """A figure of the new sessions beside the live ones, how far it may go, and what to do where it went further.

    error: Monte Carlo standard error; a figure fails where it is beyond its limit by more than twice that.
    """

    name: str
    old: float
    new: float
    limit: float
    error: float
    passed: bool
    sentence: str


#: How a figure is written, and what to say where it is beyond its limit.
_WORDS: Final = {
    "standard error at the end": (
        ".3f",
        "Learners would be measured with a standard error of {new} in place of {old}; at most {limit} is allowed. "
        "Look which items lost their slope or were set aside.",
    ),
    "root mean square error": (
        ".3f",
        "Abilities would be off by {new} (root mean square) in place of {old}; at most {limit} is allowed. "
        "Look which items lost their slope, and whether what is left is too easy or too hard.",
    ),
    "bias": (
        ".3f",
        "Abilities would be off by {new} in one direction in place of {old}; at most {limit} is allowed. "
        "Look whether difficulties moved together, and whether the prior of the rules of delivery fits the learners.",
    ),
    "items of a session": (
        ".1f",
        "Sessions would take {new} items in place of {old}; at most {limit} are allowed. "
        "Look which items lost their slope or were set aside.",
    ),
    "rate of the item met most": (
        ".0%",
        "{new} of the sessions would meet the item {worn} in place of {old} that meet any one item; at most {limit} "
        "is allowed. It would soon be known: look why it became the most informative, or the only one of its kind.",
    ),
    "full tests that miss the blueprint": (
        ".0%",
        "{new} of the full tests would miss the exam's blueprint in place of {old}; at most {limit} is allowed. "
        "Look which of its items were set aside or lost their slope{unmet}.",
    ),
    "items used": (
        ",.0f",
        "Sessions would use {new} items in place of {old}; at least {limit} are asked for. "
        "Look for a few items whose slope grew out of proportion.",
    ),
    "overlap of two learners": (
        ".0%",
        "Two learners would share {new} of their items in place of {old}; at most {limit} is allowed. The same few "
        "items would soon be known: look which became the most informative, and why.",
    ),
}


def limits(settled: Sessions, old: Delivered, new: Delivered, policy: Policy) -> list[Limit]:
    """Return the figures that may not regress, each with its verdict."""
    accepted = settled.delivery.stopping.se or 0.0
    found = {
        "standard error at the end": contrasts.standard_error(
            old, new, ratio=policy.gate_se_ratio, accepted=accepted
        ),
        "root mean square error": contrasts.rmse(old, new, ratio=policy.gate_rmse_ratio, accepted=accepted),
        "bias": contrasts.bias(old, new, rise=policy.gate_bias_rise),
        "items of a session": contrasts.length(old, new, ratio=policy.gate_length_ratio),
        "rate of the item met most": contrasts.largest_exposure(old, new, rise=policy.gate_exposure_rise),
    }
    if settled.has_blueprint:
        found["full tests that miss the blueprint"] = _missed(settled, old, new, policy)
    made = [_limit(name, each, each.exceeded, settled, new) for name, each in found.items()]
    return [*made, _used(settled, old, new, policy), _overlap(settled, old, new, policy)]


def _missed(settled: Sessions, old: Delivered, new: Delivered, policy: Policy) -> Contrast:
    """Sessions without a full test are not asked for the blueprint: what no test of its items meets, none does."""
    rise = policy.gate_blueprint_rise
    if settled.unmet:
        shares = [float(side in settled.unmet) for side in ("live", "new")]
        return Contrast(shares[0], shares[1], shares[0] + rise, 0.0)
    return contrasts.missed_blueprint(old, new, rise=rise)


def _used(settled: Sessions, old: Delivered, new: Delivered, policy: Policy) -> Limit:
    # Items and not their share: a bank that grows has a smaller one, and is no worse for it. Nor are shorter sessions.
    before, after = (float((one.exposure.rates > 0.0).sum()) for one in (old, new))
    shorter = min(float(new.length.mean() / old.length.mean()), 1.0)
    fewest = policy.gate_usage_ratio * before * shorter
    return _limit("items used", Contrast(before, after, fewest, 0.0), after < fewest, settled, new)


def _overlap(settled: Sessions, old: Delivered, new: Delivered, policy: Policy) -> Limit:
    # A mean over all pairs of learners: its error is small beside any limit that makes sense.
    before, after = old.exposure.overlap, new.exposure.overlap
    each = Contrast(before, after, before + policy.gate_overlap_rise, 0.0)
    return _limit("overlap of two learners", each, each.exceeded, settled, new)


def _limit(name: str, each: Contrast, failed: bool, settled: Sessions, new: Delivered) -> Limit:
    form, words = _WORDS[name]
    why = settled.unmet.get("new", "")
    sentence = words.format(
        old=format(each.old, form),
        new=format(each.new, form),
        limit=format(each.limit, form),
        worn=settled.sides.items[int(new.exposure.rates.argmax())],
        unmet=f": {why}" if why else "",
    )
    return Limit(name, each.old, each.new, each.limit, each.error, not failed, sentence)
