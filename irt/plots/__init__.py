"""Plots of items, tests and persons, as matplotlib figures of their own (no pyplot, no global state).

irt.plots.icc(fit, responses)        curves with empirical points and the band they should lie in
irt.plots.residuals(fit, responses)  standardised residuals by band of theta
irt.plots.information(fit)           test information and standard error
irt.plots.wright(fit, scores)        persons beside items on one scale
irt.plots.weeks(table, items)        items over the weeks, from `irt.drift_weeks`
irt.plots.drift_scatter(table)       b before against b after, from `irt.drift.drift`
irt.plots.trend(series)              key numbers over runs
irt.plots.sessions(found)            simulated sessions of several configurations, from `irt.simulation.deliver`
irt.plots.png(figure)                a figure as bytes
"""

from irt.plots.curves import icc, residuals
from irt.plots.figures import png
from irt.plots.moved import drift_scatter
from irt.plots.precision import information
from irt.plots.sessions import sessions
from irt.plots.trend import trend
from irt.plots.weeks import weeks
from irt.plots.wright import wright

__all__ = ["drift_scatter", "icc", "information", "png", "residuals", "sessions", "trend", "weeks", "wright"]
