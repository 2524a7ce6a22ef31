"""Which item to serve next."""

from irt.selection.criteria import expected_information, most_informative
from irt.selection.ranked import Best, RankedBank

__all__ = ["Best", "RankedBank", "expected_information", "most_informative"]
