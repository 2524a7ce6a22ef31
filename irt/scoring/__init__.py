"""How persons are scored: what is believed before, posterior, maximum, and what comes back.

`irt.score` and `irt.plausible_values` are the doors; nothing here is needed besides.
"""
