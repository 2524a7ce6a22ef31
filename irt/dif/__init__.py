"""Differential item functioning: is an item harder for one group than for equally able persons of another?

mantel_haenszel(responses, groups, "men", "women")     uniform DIF, the classes of ETS; quick
logistic(responses, groups, "men", "women")            uniform and non-uniform; on theta
likelihood_ratio(responses, groups, "men", "women")    by the model itself; holds its level under impact
"""

from irt.dif.likelihood_ratio import likelihood_ratio
from irt.dif.logistic import logistic
from irt.dif.mantel_haenszel import common_odds_ratio, ets_classes, mantel_haenszel

__all__ = ["common_odds_ratio", "ets_classes", "likelihood_ratio", "logistic", "mantel_haenszel"]
