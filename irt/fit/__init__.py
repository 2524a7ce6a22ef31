"""Does the model hold? Of items, of pairs of items, of persons, of the whole, and against another model.

On sparse data: `item_fit` (with `item_residuals` to look at), `q3`, `person_fit`, `item_mean_squares`,
`compare`. On a complete block: `s_x2`, `m2`. Frames have one row an item of the calibration or one a person,
set-aside ones included, with null and a reason where there is no result.
"""

from irt.fit.comparison import Comparison, compare, compare_by_bootstrap
from irt.fit.dependence import Dependence, q3
from irt.fit.items import s_x2
from irt.fit.overall import OverallFit, m2
from irt.fit.persons import item_mean_squares, person_fit
from irt.fit.residuals import item_fit, item_residuals

__all__ = [
    "Comparison",
    "Dependence",
    "OverallFit",
    "compare",
    "compare_by_bootstrap",
    "item_fit",
    "item_mean_squares",
    "item_residuals",
    "m2",
    "person_fit",
    "q3",
    "s_x2",
]
