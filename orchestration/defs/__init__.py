"""All definitions, one folder a stage of the flow.

Files here do without `from __future__ import annotations`: Dagster reads the annotations of assets and checks
as they stand.
"""
