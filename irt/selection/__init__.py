"""Which item to serve next."""

from irt.selection.criteria import expected_information, most_informative
from irt.selection.kinds import Kinds
from irt.selection.posterior import Posterior, over_posterior, places_of
from irt.selection.ranked import Best, RankedBank

__all__ = [
    "Best",
    "Kinds",
    "Posterior",
    "RankedBank",
    "expected_information",
    "most_informative",
    "over_posterior",
    "places_of",
]
