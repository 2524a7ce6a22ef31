"""Which item to serve next, from which a session may be served at all, and when it ends.

    one decision, whole         decide, with SelectionBank, Rules, Session, Limits; ability
    what an item would tell     expected_information, RankedBank; Posterior, over_posterior (MPWI, KL, MEPV)
    what a test must contain    Blueprint, blueprint_feasibility, shadow_test
    who has met what            EligibilityCounts and the functions on it; find_control (Sympson-Hetter); `randomesque`
    what cannot be met          rate_feasibility, precision_feasibility
    when it ends                StoppingRule, stop; Classification (SPRT)

Functions over plain arrays, items along the last axis, D = 1.7 metric. Chance comes in as a Generator, time as a
number or a clock.
"""

from irt.posterior import Posterior
from irt.selection.ability import Ability, Answers, ability
from irt.selection.blueprint import Blueprint, Enemies, ItemSet, Quotas
from irt.selection.conflicts import BlueprintFeasibility, blueprint_feasibility
from irt.selection.constraints import Constraints
from irt.selection.criteria import expected_information
from irt.selection.decide import Decision, Limits, Rules, SelectionBank, Session, decide
from irt.selection.eligibility import (
    count_session,
    draw_eligible,
    eligibility_probability,
    eligible_now,
    nearest_point,
    point_weights,
)
from irt.selection.eligibility_counts import EligibilityCounts
from irt.selection.exposure import Exposure
from irt.selection.feasibility import (
    PrecisionFeasibility,
    RateFeasibility,
    precision_feasibility,
    rate_feasibility,
)
from irt.selection.kinds import Kinds
from irt.selection.posterior import over_posterior, places_of
from irt.selection.ranked import Best, RankedBank
from irt.selection.shadow import ShadowTest, shadow_test
from irt.selection.sprt import Classification, Side
from irt.selection.stopping import Progress, Reason, StoppingRule, stop
from irt.selection.sympson_hetter import Control, administered_among, find_control
from irt.selection.violations import Violation

__all__ = [
    "Ability",
    "Answers",
    "Best",
    "Blueprint",
    "BlueprintFeasibility",
    "Classification",
    "Constraints",
    "Control",
    "Decision",
    "EligibilityCounts",
    "Enemies",
    "Exposure",
    "ItemSet",
    "Kinds",
    "Limits",
    "Posterior",
    "PrecisionFeasibility",
    "Progress",
    "Quotas",
    "RankedBank",
    "RateFeasibility",
    "Reason",
    "Rules",
    "SelectionBank",
    "Session",
    "ShadowTest",
    "Side",
    "StoppingRule",
    "Violation",
    "ability",
    "administered_among",
    "blueprint_feasibility",
    "count_session",
    "decide",
    "draw_eligible",
    "eligibility_probability",
    "eligible_now",
    "expected_information",
    "find_control",
    "nearest_point",
    "over_posterior",
    "places_of",
    "point_weights",
    "precision_feasibility",
    "rate_feasibility",
    "shadow_test",
    "stop",
]
