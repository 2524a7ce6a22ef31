"""Which item to serve next."""

from irt.selection.criteria import expected_information, most_informative

__all__ = ["expected_information", "most_informative"]
