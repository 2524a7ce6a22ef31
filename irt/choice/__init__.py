"""Which model an item is served with: 3PL with a c of its own, with a c held or shared, or 2PL.

rule = three_pl_rule(two, three, responses, n_options={"q1": 5}, fewest=1000, most_se_c=0.10)
"""

from irt.choice.rule import three_pl_rule

__all__ = ["three_pl_rule"]
