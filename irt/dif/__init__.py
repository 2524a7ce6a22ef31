"""Differential item functioning: is an item harder for one group than for equally able persons of another?"""

from irt.dif.logistic import logistic
from irt.dif.mantel_haenszel import common_odds_ratio, ets_classes, mantel_haenszel

__all__ = ["common_odds_ratio", "ets_classes", "logistic", "mantel_haenszel"]
