"""Classical statistics of items and options, and items that look mis-keyed."""

from irt.classical.items import item_statistics
from irt.classical.miskeyed import find_miskeyed
from irt.classical.options import option_statistics

__all__ = ["find_miskeyed", "item_statistics", "option_statistics"]
