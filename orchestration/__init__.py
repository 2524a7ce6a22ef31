"""Dagster: the assets, checks, jobs and schedules that move responses to calibrated items.

Assets are thin: what can be tested without Dagster lives in the rooms below. Folders under `defs` are found
by themselves; `definitions.py` only points at them.
"""
