"""Damage planted one kind at a time into good data: each must be caught by a check that has a name.

`make damage` runs every kind, `test_damage.py` a handful. The checks are the pipeline's own: constraints and
triggers, suites, dbt tests and Dagster's asset checks.
"""
