"""One scale for two calibrations that share items: theta_target = A theta_source + B."""

from irt.linking.coefficients import METHODS
from irt.linking.distance import curve_distance, curve_error
from irt.linking.link import Link, link

__all__ = ["METHODS", "Link", "curve_distance", "curve_error", "link"]
