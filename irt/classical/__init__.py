"""Classical statistics of items and options, items that look mis-keyed, and reliability."""

from irt.classical.items import item_statistics
from irt.classical.miskeyed import find_miskeyed
from irt.classical.options import option_statistics
from irt.classical.proportions import proportion_interval
from irt.classical.reliability import Reliability, reliability
from irt.classical.thirds import option_thirds

__all__ = [
    "Reliability",
    "find_miskeyed",
    "item_statistics",
    "option_statistics",
    "option_thirds",
    "proportion_interval",
    "reliability",
]
