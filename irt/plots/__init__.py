"""Plots of items, tests and persons, as matplotlib figures of their own (no pyplot, no global state).

irt.plots.icc(fit, responses)        curves with empirical points and the band they should lie in
irt.plots.residuals(fit, responses)  standardised residuals by band of theta
irt.plots.information(fit)           test information and standard error
irt.plots.wright(fit, scores)        persons beside items on one scale
irt.plots.weeks(table, items)        items over the weeks, from `irt.drift_weeks`
irt.plots.png(figure)                a figure as bytes
"""

from irt.plots.curves import icc, residuals
from irt.plots.figures import png
from irt.plots.precision import information
from irt.plots.weeks import weeks
from irt.plots.wright import wright

__all__ = ["icc", "information", "png", "residuals", "weeks", "wright"]
