"""The life of a calibration between a snapshot of responses and what is served; pure helpers of the assets.

`policy` says by which rules, `plan` what is fitted and how, `choice` which model an item gets, `scale` what holds
the scale and what moved. `Lifecycle` is what a run remembers of all this.
"""
