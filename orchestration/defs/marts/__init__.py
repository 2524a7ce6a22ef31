"""dbt models as assets: what the fit reads, and what is built once parameters are live."""
